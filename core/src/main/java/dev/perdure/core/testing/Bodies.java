package dev.perdure.core.testing;

import dev.perdure.core.definition.Body;
import dev.perdure.core.spi.BodyScopes;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What runs bodies for one stage after the other. Thread-safe. */
final class Bodies implements AutoCloseable {
    private final List<BodyScopes> providers;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "perdure-test-code");
        thread.setDaemon(true);
        return thread;
    });

    Bodies() {
        providers = ServiceLoader.load(BodyScopes.class, Bodies.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** Who runs bodies of a type that is not Java's own. */
    BodyScopes of(Class<? extends Body> type) {
        return providers.stream()
                .filter(provider -> provider.supports(type))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nothing on the class path runs bodies of type "
                        + type.getName() + "; add the module that the workflow is written with"));
    }

    void onThread(Runnable code) {
        threads.execute(code);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        providers.forEach(BodyScopes::close);
    }
}
