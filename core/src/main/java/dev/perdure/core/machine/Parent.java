package dev.perdure.core.machine;

/** What holds frames and goes on when one of them ends. */
interface Parent {
    void childEnded(Frame child, RunMachine.Ending ending);
}
