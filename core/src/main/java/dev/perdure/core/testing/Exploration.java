package dev.perdure.core.testing;

import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Row;
import dev.perdure.core.memory.MemoryStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the states that a crash can leave of one run. Each order in which things can happen is driven once, as far as it
 * leads to a state that no other one led to; a state is the commits up to a place in it. Confined to one thread.
 */
final class Exploration<I extends @Nullable Object> {
    /** Whoever skips so many timers in a run has one that sets itself again. */
    private static final int MOST_MOVES = 100_000;

    private final CrashTest<I> test;
    private final Bodies bodies;
    private final Random random;
    private final List<List<String>> open = new ArrayList<>();
    private final Set<Object> queued = new HashSet<>();
    private final Set<Object> covered = new HashSet<>();
    private int states;
    private int orders;
    private @Nullable Drive first;

    Exploration(CrashTest<I> test, Bodies bodies) {
        this.test = test;
        this.bodies = bodies;
        this.random = new Random(test.seed);
        open.add(List.of());
    }

    CrashReport run() {
        while (!open.isEmpty() && states < test.limit) {
            List<String> order = take();
            if (!covered.contains(key(order))) {
                explore(drive(order));
            }
        }
        return new CrashReport(states, orders, open.isEmpty() && states <= test.limit, test.seed);
    }

    private List<String> take() {
        int last = open.size() - 1;
        int at = random.nextInt(open.size());
        List<String> taken = open.set(at, open.get(last));
        open.remove(last);
        return taken;
    }

    private Object key(List<String> order) {
        return test.isOrderFree ? List.copyOf(order) : Set.copyOf(order);
    }

    private Stage.Setup newSetup() {
        List<Workflow<?, ?>> workflows = new ArrayList<>(test.others);
        workflows.add(test.workflow.get());
        return new Stage.Setup(workflows, test.script, bodies, test.isTimeFree);
    }

    private static Workflow<?, ?> workflowOf(Stage.Setup setup) {
        return setup.workflows().get(setup.workflows().size() - 1);
    }

    /** Drives a run through the moves of {@code order}, and on to its end. */
    private Drive drive(List<String> order) {
        orders++;
        Drive drive = new Drive(newSetup());
        try (Stage stage =
                new Stage(drive.setup, new Tape(new MemoryStore()), new VirtualClock().now(), drive.tokens)) {
            stage.start(workflowOf(drive.setup), Stage.RUN, test.input);
            List<String> moves = stage.moves();
            drive.turn(stage, moves);
            while (!moves.isEmpty() && drive.order().size() < MOST_MOVES) {
                String next = drive.order().size() < order.size()
                        ? order.get(drive.order().size())
                        : moves.get(0);
                if (!moves.contains(next)) {
                    throw Finding.otherBodies(this, drive, next, moves);
                }
                stage.make(next);
                drive.moved(next);
                moves = stage.moves();
                drive.turn(stage, moves);
            }
            drive.ended(stage);
        }
        return drive;
    }

    private void explore(Drive drive) {
        if (first == null) {
            first = drive;
        } else if (!test.isOrderFree
                && isOther(first.outcome().end(), drive.outcome().end())) {
            throw Finding.orderMatters(this, first, drive);
        }
        for (int turn = 0; turn < drive.turns().size(); turn++) {
            List<String> done = drive.order().subList(0, turn);
            if (covered.add(key(done))) {
                resumeAll(drive, turn);
            }
            for (String other : drive.turns().get(turn).moves()) {
                List<String> way = new ArrayList<>(done);
                way.add(other);
                Object key = key(way);
                boolean isTaken = turn < drive.order().size()
                        && other.equals(drive.order().get(turn));
                if (!isTaken && !covered.contains(key) && queued.add(key)) {
                    open.add(way);
                }
            }
        }
    }

    /** Crashes after each commit on the way to a turn. */
    private void resumeAll(Drive drive, int turn) {
        for (int commits = drive.firstCommitOf(turn);
                commits <= drive.turns().get(turn).commits();
                commits++) {
            if (states == test.limit) {
                return;
            }
            states++;
            Crash crash = new Crash(drive, turn, commits);
            if (test.isWorldNew) {
                resumeInNewWorld(crash);
            } else {
                resume(crash, drive.outcome().tape().after(commits), drive.setup, new HashMap<>(drive.tokens));
            }
        }
    }

    /**
     * Where a run was cut off.
     *
     * @param turn the place that it was on its way to, or at
     * @param commits how many commits were done
     */
    record Crash(Drive drive, int turn, int commits) {}

    /** Comes to the crash once more, in a world that has seen nothing else. */
    private void resumeInNewWorld(Crash crash) {
        Stage.Setup setup = newSetup();
        Map<String, String> tokens = new HashMap<>();
        MemoryStore store = new MemoryStore();
        Tape tape = Tape.dyingAfter(crash.commits, store);
        try (Stage stage = new Stage(setup, tape, new VirtualClock().now(), tokens)) {
            stage.start(workflowOf(setup), Stage.RUN, test.input);
            for (String move : crash.drive.order().subList(0, crash.turn)) {
                List<String> moves = stage.moves();
                if (stage.isDead()) {
                    break;
                }
                if (!moves.contains(move)) {
                    throw Finding.otherBodies(this, crash.drive, move, moves);
                }
                stage.make(move);
            }
        }
        resume(crash, store, setup, tokens);
    }

    private void resume(Crash crash, MemoryStore store, Stage.Setup setup, Map<String, String> tokens) {
        Set<String> recorded = store.journal(Stage.RUN).stream()
                .filter(row -> row.status() == StepStatus.COMPLETED)
                .map(Row::path)
                .collect(Collectors.toSet());
        Map<String, Integer> ranks = crash.drive.ranksAfter(crash.turn);
        try (Stage stage = new Stage(
                setup, new Tape(store), crash.drive.turns().get(crash.turn).time(), tokens)) {
            List<String> moves = stage.moves();
            for (int made = 0; !moves.isEmpty() && made < MOST_MOVES; made++) {
                stage.make(first(moves, ranks));
                moves = stage.moves();
            }
            Optional<String> again =
                    stage.started().stream().filter(recorded::contains).findFirst();
            if (again.isPresent()) {
                throw Finding.recordedAgain(this, crash, again.get());
            }
            RunEnd end = stage.end(Stage.RUN);
            if (isOther(crash.drive.outcome().end(), end)) {
                throw Finding.otherEnd(this, crash, end, store.journal(Stage.RUN));
            }
            check(crash, new TestRun(store, Stage.RUN));
        }
    }

    private static String first(List<String> moves, Map<String, Integer> ranks) {
        return moves.stream()
                .min(Comparator.comparing(move -> ranks.getOrDefault(Drive.nameOf(move), Integer.MAX_VALUE)))
                .orElseThrow();
    }

    private boolean isOther(RunEnd expected, RunEnd found) {
        return !Objects.equals(test.comparison.apply(expected), test.comparison.apply(found));
    }

    private void check(Crash crash, TestRun run) {
        try {
            test.check.accept(run);
        } catch (AssertionError | RuntimeException failed) {
            throw Finding.refused(this, crash, failed);
        }
    }

    String workflowName() {
        return first == null
                ? test.workflow.get().name()
                : workflowOf(first.setup).name();
    }

    long seed() {
        return test.seed;
    }
}
