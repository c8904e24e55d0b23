package io.holdfast.tools.compare;

import picocli.CommandLine.Command;

/** {@code holdfast compare ...}. */
@Command(
    name = "compare",
    description = "Runs a job under several settings, side by side.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "WHAT",
    footer = {
      "",
      "Example: holdfast compare filters --report filters.html",
      "         holdfast compare staleness --report staleness.html",
      "         holdfast compare snapshots --nodes 3"
    },
    subcommands = {CompareFilters.class, CompareStaleness.class, CompareSnapshots.class})
public final class CompareCommand {}
