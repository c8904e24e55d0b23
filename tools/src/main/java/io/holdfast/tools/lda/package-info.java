/**
 * {@code holdfast train lda}: a topic model by collapsed Gibbs sampling, whose counts are tables of
 * the cluster (Griffiths and Steyvers, PNAS 2004; Li et al., OSDI '14, section 5.2).
 *
 * <p>{@link io.holdfast.tools.lda.LdaWorker} is the job and uses the public client library only; it
 * is an example of its use for counts that must be exact. {@link
 * io.holdfast.tools.lda.TopicSampler} draws topics and knows nothing of a cluster. All else reads
 * texts, measures and reports.
 */
@NullMarked
package io.holdfast.tools.lda;

import org.jspecify.annotations.NullMarked;
