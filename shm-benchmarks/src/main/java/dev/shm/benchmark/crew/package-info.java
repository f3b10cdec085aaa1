/** Processes that a benchmark starts for each measurement and gives orders to, and what their answers mean. */
package dev.shm.benchmark.crew;
