/** What all processes of the sample share: the messages, and the objects in the segment. */
@NullMarked
package dev.shm.sample.desk;

import org.jspecify.annotations.NullMarked;
