package dev.perdure.core.graph;

import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.Call;
import dev.perdure.core.definition.Choose;
import dev.perdure.core.definition.Decide;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.RepeatUntil;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Sleep;
import dev.perdure.core.definition.Step;
import dev.perdure.core.graph.NodeState.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a journal does not say in so many rows: which nodes are due, since a row is written when a node ends, and which
 * ones the run went around. Used once.
 */
final class Progress {
    private final Journal journal;
    private final Mode start;
    private final Status due;

    /** What is known of a node from what holds it. */
    private enum Mode {
        /** The run is there. */
        DUE,
        /** The run was there, or will be. */
        OVER,
        /** The run went around it. */
        SKIPPED
    }

    /** A node's place and what holds it; rows up to {@code since} are of an earlier pass through it. */
    private record Place(Path path, long since, Mode mode) {
        Place at(Path inner) {
            return new Place(inner, since, mode);
        }

        Place in(Mode other) {
            return new Place(path, since, other);
        }
    }

    Progress(Journal journal, RunStatus run) {
        this.journal = journal;
        boolean isMoving = run == RunStatus.RUNNING || run == RunStatus.WAITING || run == RunStatus.PAUSED;
        start = isMoving ? Mode.DUE : Mode.OVER;
        due = run == RunStatus.RUNNING ? Status.RUNNING : Status.WAITING;
    }

    void walk(Sequence root) {
        visitAll(root, new Place(Path.ROOT, 0, start));
    }

    /** The path of the node that a part, without the number of a repetition, belongs to. */
    static Path holder(Path part) {
        String text = part.toString();
        return Path.parse(text.substring(0, text.lastIndexOf('#')));
    }

    private void visitAll(Sequence sequence, Place place) {
        List<Node> nodes = sequence.nodes();
        int last = lastEnded(nodes, place);
        Recorded end =
                last < 0 ? null : journal.node(place.path.child(nodes.get(last).name()), place.since);
        boolean isStuck = end != null && end.status() != Status.COMPLETED;
        int next = isStuck ? last : last + 1;
        if (end != null && end.way() != null && nodes.get(last) instanceof Decide) {
            next = indexOf(nodes, end.way(), next);
        }
        long since = lastReturn(nodes, place);
        for (int i = 0; i < nodes.size(); i++) {
            Path path = place.path.child(nodes.get(i).name());
            boolean isDue = i == next && !isStuck && place.mode == Mode.DUE;
            boolean isPassed = i < next && journal.node(path, 0) == null;
            Mode mode = place.mode == Mode.SKIPPED || isPassed ? Mode.SKIPPED : isDue ? Mode.DUE : Mode.OVER;
            nodes.get(i).match(new Visit(new Place(path, isDue ? since : place.since, mode)));
        }
    }

    /** The node that ended last; -1 where none has. */
    private int lastEnded(List<Node> nodes, Place place) {
        int last = -1;
        long seq = 0;
        for (int i = 0; i < nodes.size(); i++) {
            Recorded node = journal.node(place.path.child(nodes.get(i).name()), place.since);
            if (node != null && node.hasEnded() && node.seq() > seq) {
                last = i;
                seq = node.seq();
            }
        }
        return last;
    }

    /** The row of the newest decision that went back; rows before it are of an earlier pass. */
    private long lastReturn(List<Node> nodes, Place place) {
        long since = place.since;
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i) instanceof Decide decide) {
                Recorded decided = journal.node(place.path.child(decide.name()), since);
                String way = decided == null ? null : decided.way();
                if (decided != null && way != null && indexOf(nodes, way, i + 1) <= i) {
                    since = decided.seq();
                }
            }
        }
        return since;
    }

    private static int indexOf(List<Node> nodes, String name, int otherwise) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).name().equals(name)) {
                return i;
            }
        }
        return otherwise;
    }

    /** Visits one node; what it gives says nothing, but has to be given. */
    private final class Visit implements Node.Cases<Boolean> {
        private final Place place;

        Visit(Place place) {
            this.place = place;
        }

        private @Nullable Recorded own() {
            return journal.node(place.path, place.since);
        }

        private boolean hasEnded(Path path) {
            Recorded node = journal.node(path, place.since);
            return node != null && node.hasEnded();
        }

        private Boolean mark() {
            Recorded own = own();
            if (place.mode == Mode.DUE && own == null) {
                journal.infer(place.path, due);
            } else if (place.mode == Mode.SKIPPED && own == null) {
                journal.infer(place.path, Status.SKIPPED);
            }
            return true;
        }

        @Override
        public Boolean step(Step step) {
            return mark();
        }

        @Override
        public Boolean sequence(Sequence sequence) {
            visitAll(sequence, place);
            return true;
        }

        @Override
        public Boolean parallel(Parallel block) {
            int most = block.policy().maxParallelism();
            int free = most == 0 ? Integer.MAX_VALUE : most;
            for (Node branch : block.branches()) {
                Path path = place.path.child(branch.name());
                boolean isWaiting = place.mode == Mode.DUE && !hasEnded(path);
                boolean isDue = isWaiting && free-- > 0;
                Place inner = place.at(path).in(isDue || place.mode == Mode.SKIPPED ? place.mode : Mode.OVER);
                branch.match(new Visit(inner));
            }
            return mark();
        }

        @Override
        public Boolean forEach(ForEach loop) {
            Integer count = journal.itemCount(place.path);
            int free = loop.concurrency();
            for (int i = 0; count != null && i < count; i++) {
                Path item = place.path.item(i);
                boolean isDue = place.mode == Mode.DUE && !hasEnded(item) && free-- > 0;
                visitAll(loop.body(), place.at(item).in(isDue ? Mode.DUE : Mode.OVER));
            }
            return body(loop.body());
        }

        /** A loop that is gone around has no items. */
        private Boolean body(Sequence body) {
            if (place.mode == Mode.SKIPPED) {
                visitAll(body, place.at(place.path.eachItem()));
            }
            return mark();
        }

        @Override
        public Boolean choose(Choose choose) {
            Recorded own = own();
            Recorded choice =
                    own != null && own.hasEnded() ? own : journal.part(place.path.part(Choose.CHOICE), place.since);
            for (Sequence clause : choose.clauses()) {
                Place inside = place.at(place.path.child(clause.name()));
                if (choice != null
                        && choice.status() == Status.COMPLETED
                        && !clause.name().equals(choice.way())) {
                    visitAll(clause, inside.in(Mode.SKIPPED));
                } else if (choice != null || place.mode == Mode.SKIPPED) {
                    visitAll(clause, inside);
                }
            }
            return mark();
        }

        @Override
        public Boolean decide(Decide decide) {
            return mark();
        }

        @Override
        public Boolean repeatUntil(RepeatUntil loop) {
            int at = 0;
            while (at < loop.maxIterations() && hasEnded(place.path.item(at))) {
                visitAll(loop.body(), place.at(place.path.item(at)).in(Mode.OVER));
                at++;
            }
            if (at < loop.maxIterations() && place.mode == Mode.DUE) {
                visitAll(loop.body(), place.at(place.path.item(at)));
            }
            return body(loop.body());
        }

        @Override
        public Boolean sleep(Sleep sleep) {
            return mark();
        }

        @Override
        public Boolean awaitSignal(AwaitSignal wait) {
            return mark();
        }

        @Override
        public Boolean call(Call call) {
            return mark();
        }

        @Override
        public Boolean procedure(Procedure procedure) {
            return mark();
        }
    }
}
