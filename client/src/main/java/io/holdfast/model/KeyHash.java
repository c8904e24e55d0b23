package io.holdfast.model;

/**
 * Where {@link Placement#HASHED} puts a key: a bijection of the unsigned 64-bit numbers, so that
 * skewed ids spread evenly and the key can be had back from its place.
 *
 * <p>It is the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA '14, variant 13 of Stafford's
 * mixers), each step of which can be undone: {@code x ^= x >>> n} by repeating it with multiples of
 * {@code n}, a multiplication by an odd number by its inverse modulo 2^64.
 */
public final class KeyHash {
  private static final long FIRST = 0xbf58476d1ce4e5b9L;
  private static final long SECOND = 0x94d049bb133111ebL;
  private static final long FIRST_INVERSE = 0x96de1b173f119089L;
  private static final long SECOND_INVERSE = 0x319642b2d24d8ec3L;

  private KeyHash() {}

  /** The place of a key. */
  public static long place(long key) {
    long mixed = (key ^ (key >>> 30)) * FIRST;
    mixed = (mixed ^ (mixed >>> 27)) * SECOND;
    return mixed ^ (mixed >>> 31);
  }

  /** The key of a place: {@code unplace(place(key)) == key}. */
  public static long unplace(long placed) {
    long mixed = (placed ^ (placed >>> 31) ^ (placed >>> 62)) * SECOND_INVERSE;
    mixed = (mixed ^ (mixed >>> 27) ^ (mixed >>> 54)) * FIRST_INVERSE;
    return mixed ^ (mixed >>> 30) ^ (mixed >>> 60);
  }
}
