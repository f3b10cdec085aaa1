/** The role that takes orders over HTTP, keeps the account of them, and serves the page. */
@NullMarked
package dev.shm.sample.gateway;

import org.jspecify.annotations.NullMarked;
