package io.holdfast.client;

/**
 * Chooses the bound of a bounded table while the job runs, between two limits, from what the
 * workers wait and how far apart they are. Pure: the caller measures, and applies what comes out by
 * {@link Table#setConsistency}; one caller for a job.
 *
 * <p>That the bound moves at run time between limits that the user gives is the idea of dynamic
 * stale synchronous parallel (Zhao et al., ICDCS '19). There the server predicts, from the times of
 * the last pushes, how many more clocks a fast worker should run. The rule here is simpler and
 * looks back only:
 *
 * <ul>
 *   <li><b>Up</b>, to twice the bound or 1, where the workers waited for more than {@link
 *       #RAISE_ABOVE} of their time and are as far apart as the bound lets them: the bound is what
 *       they wait for, and not the network.
 *   <li><b>Down</b> by a quarter, at least by 1, where they waited for less than {@link
 *       #LOWER_BELOW} and the spread would fit the smaller bound: it costs nothing.
 * </ul>
 *
 * <p>Between the two shares nothing changes, and a change needs {@link #RAISE_AFTER} or {@link
 * #LOWER_AFTER} looks in a row that ask for it, so that one slow clock moves nothing.
 *
 * <p>Not for several threads.
 */
public final class AdaptiveStaleness {
  /** Share of waiting time above which the bound is raised. */
  public static final double RAISE_ABOVE = 0.10;

  /** Share of waiting time below which it is lowered. */
  public static final double LOWER_BELOW = 0.02;

  /** Looks in a row that make it rise. */
  public static final int RAISE_AFTER = 2;

  /** Looks in a row that make it fall. */
  public static final int LOWER_AFTER = 5;

  private final int least;
  private final int most;
  private int bound;
  private int wantedUp;
  private int wantedDown;

  /**
   * Begins with the least bound.
   *
   * @param least clocks, 0 or more
   * @param most clocks, not below {@code least}
   * @throws IllegalArgumentException where they are not
   */
  public AdaptiveStaleness(int least, int most) {
    if (least < 0 || most < least) {
      throw new IllegalArgumentException(
          "the bound cannot be adapted between " + least + " and " + most);
    }
    this.least = least;
    this.most = most;
    this.bound = least;
  }

  /** The bound to be in force now, in clocks. */
  public int bound() {
    return bound;
  }

  /**
   * Takes a look.
   *
   * @param waitShare of the workers' time since the last look that they waited in pulls, 0 to 1
   * @param spread clocks between the first and the last worker now
   * @return the bound to be in force from now on
   */
  public int look(double waitShare, int spread) {
    boolean up = waitShare > RAISE_ABOVE && spread >= bound && bound < most;
    boolean down = waitShare < LOWER_BELOW && spread <= lower() && bound > least;
    wantedUp = up ? wantedUp + 1 : 0;
    wantedDown = down ? wantedDown + 1 : 0;
    if (wantedUp >= RAISE_AFTER) {
      bound = (int) Math.min(most, Math.max(1, 2L * bound));
      wantedUp = 0;
    } else if (wantedDown >= LOWER_AFTER) {
      bound = lower();
      wantedDown = 0;
    }
    return bound;
  }

  private int lower() {
    return Math.max(least, bound - Math.max(1, bound / 4));
  }
}
