/**
 * Single values in a segment: numbers, flags, bytes, strings, anything by a codec. Every operation is atomic among all threads of all processes, and a process
 * that is killed in the middle of one leaves the value before or the value after.
 *
 * <p>And arrays of numbers: {@link dev.shm.value.SharedArray} of fixed shape in a segment, {@link dev.shm.value.SharedVector} that
 * grows there, {@link dev.shm.value.MappedArray} in a file or in memory that has no name.
 *
 * <h2>Memory order of vectors</h2>
 *
 * <table>
 *   <caption>Edges between processes</caption>
 *   <tr><th>written</th><th>by</th><th>read</th><th>makes visible</th></tr>
 *   <tr><td>lock word, by compare-and-set</td><td>who takes it and who gives it back</td><td>by compare-and-set</td>
 *       <td>the vector, to its next writer</td></tr>
 *   <tr><td>size, by release</td><td>writer who appended</td><td>acquire</td><td>the elements behind the last one</td></tr>
 *   <tr><td>version to odd, size or element, version to even, each by release or behind a fence</td><td>writer</td>
 *       <td>version by acquire, plain reads, acquire fence, version</td><td>that what was read in between is of one moment</td></tr>
 *   <tr><td>journal count, by release; then version, reference, size, version</td><td>writer, or its reaper</td><td>as above</td>
 *       <td>the elements in their new block</td></tr>
 * </table>
 *
 * <p>A version that a death left odd says only that readers should take the lock; what is behind it is whole, and the next one who has the
 * lock makes it even.
 */
@NullMarked
package dev.shm.value;

import org.jspecify.annotations.NullMarked;
