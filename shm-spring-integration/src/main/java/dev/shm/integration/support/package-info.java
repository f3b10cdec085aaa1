/** What the others stand on: where messages go to and come from, how they are written, and the threads that receive them. */
@NullMarked
package dev.shm.integration.support;

import org.jspecify.annotations.NullMarked;
