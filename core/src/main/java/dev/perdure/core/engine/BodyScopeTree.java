package dev.perdure.core.engine;

import dev.perdure.core.Path;
import dev.perdure.core.spi.BodyScope;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The open scopes of one run: its own and those of its blocks. Confined to the strand. */
final class BodyScopeTree {
    private final BodyScope root;
    private final Map<Path, BodyScope> open = new HashMap<>();

    BodyScopeTree(BodyScope root) {
        this.root = root;
        open.put(Path.ROOT, root);
    }

    void open(Path block, Path parent) {
        BodyScope former = open.put(block, of(parent).nested(block));
        if (former != null) {
            former.close();
        }
    }

    BodyScope of(Path block) {
        return Objects.requireNonNull(open.get(block), "a body starts after its block's scope was opened");
    }

    void close(Path block) {
        BodyScope scope = open.remove(block);
        if (scope != null) {
            scope.close();
        }
    }

    void cancel() {
        root.cancel();
    }

    void close() {
        open.values().forEach(BodyScope::close);
        open.clear();
        root.close();
    }
}
