/** The Java DSL: {@link dev.shm.integration.dsl.Shm} and what it returns. */
@NullMarked
package dev.shm.integration.dsl;

import org.jspecify.annotations.NullMarked;
