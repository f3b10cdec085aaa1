package dev.shm.segment;

/** Finds out who is dead, and reaps them. */
public interface Liveness {

    /**
     * Reaps the slot if the kernel says that its owner is dead.
     *
     * @return whether the slot was reaped by this call
     */
    boolean reapIfDead(int slot);

    /**
     * Reaps every slot whose owner is dead.
     *
     * @return how many
     */
    int reapAllDead();
}
