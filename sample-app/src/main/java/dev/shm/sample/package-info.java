/** A sample: one jar that is a gateway, a worker, a ticker, or the launcher that starts some of each as processes of their own. */
@NullMarked
package dev.shm.sample;

import org.jspecify.annotations.NullMarked;
