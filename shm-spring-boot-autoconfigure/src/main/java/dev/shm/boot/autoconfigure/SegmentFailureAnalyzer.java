package dev.shm.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains why a segment of the configuration cannot be opened, and what to type. */
final class SegmentFailureAnalyzer extends AbstractFailureAnalyzer<SegmentOpeningException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, SegmentOpeningException failure) {
        return new FailureAnalysis(
                "'" + failure.key() + "' cannot be opened: " + failure.reason().getMessage(),
                SegmentAdvice.on(failure.reason(), failure.key()),
                failure);
    }
}
