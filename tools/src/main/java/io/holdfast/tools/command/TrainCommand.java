package io.holdfast.tools.command;

import io.holdfast.tools.lda.TrainLda;
import io.holdfast.tools.mf.TrainMf;
import io.holdfast.tools.train.TrainLr;
import picocli.CommandLine.Command;

/** {@code holdfast train ...}. */
@Command(
    name = "train",
    description = "Runs the training jobs that come with Holdfast.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "JOB",
    footer = {"", "Example: holdfast train lr --passes 3"},
    subcommands = {TrainLr.class, TrainLda.class, TrainMf.class})
public final class TrainCommand {}
