/**
 * The command line: looks at segments from outside, and removes those that nobody uses. Only {@link dev.shm.tool.Main} ends a
 * process; everything else writes to the streams it is given and returns an exit code, so that tests run it in their own
 * process.
 */
@NullMarked
package dev.shm.tool;

import org.jspecify.annotations.NullMarked;
