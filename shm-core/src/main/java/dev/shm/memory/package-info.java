/**
 * The only code that touches mapped bytes.
 *
 * <p>{@link dev.shm.memory.Memory} names the memory order in each method, and its users name both ends of each edge in
 * comments. The order is always one of four:
 *
 * <ul>
 *   <li><b>plain</b> ({@code getLong}, {@code putLong}): data that a later release publishes, or that no other process
 *       can reach yet;
 *   <li><b>acquire</b> and <b>release</b> ({@code getLongAcquire}, {@code putLongRelease}): the two ends of an edge. A
 *       process that is killed leaves a prefix of its machine code's stores, and the compiler may reorder plain stores, so
 *       every store whose order matters to a survivor is a release;
 *   <li><b>volatile</b>: where a store must be seen before a following load is made;
 *   <li><b>compare-and-set, get-and-add, get-and-or, get-and-and</b>: all volatile, on aligned words of four or eight bytes.
 * </ul>
 *
 * <p>Bytes are little-endian. Nothing here uses {@code Unsafe} or needs a JVM flag, and an address outside the segment is
 * an {@link java.lang.IndexOutOfBoundsException}, never a crash. Intrinsics that do crash the JVM on a truncated mapping
 * ({@code CRC32} and {@code CRC32C} over a mapped buffer, {@code ByteBuffer.mismatch}, {@code compareTo} and
 * {@code equals} on JDK 17) are not used on mapped bytes; what must be summed or compared is copied to the Java heap first.
 */
@NullMarked
package dev.shm.memory;

import org.jspecify.annotations.NullMarked;
