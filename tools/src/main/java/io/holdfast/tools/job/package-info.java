/**
 * What jobs that come with Holdfast have in common beside their work: their options, on which
 * cluster they run, how a run is begun, found again and resumed. {@link
 * io.holdfast.tools.job.RunJournal} keeps a run's settings and history in a table of the job;
 * {@link io.holdfast.tools.job.RunLife} tells the workers which run it is. Over the public client
 * alone.
 */
@NullMarked
package io.holdfast.tools.job;

import org.jspecify.annotations.NullMarked;
