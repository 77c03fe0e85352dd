package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.schedule.Schedule;
import dev.perdure.core.spi.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts runs when schedules say so. Each run is started durably first, under an id that its schedule and time make up, then
 * the schedule's next time is saved: a crash in between repeats a start, which attaches to the run that is there.
 *
 * <p>One alarm is set, for the earliest schedule. One lock guards all; nothing slow happens under it.
 */
final class Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /** So that a run's id, which has the time in it too, is not too long. */
    private static final int LONGEST_NAME = 160;

    /** When starts are tried again that the store did not take. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** How often schedules that other engines changed are looked for; each looks before it starts a run. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private final Services services;
    private final Starter starter;
    private final boolean isShared;
    private final Predicate<String> isKnown;
    private final Object lock = new Object();
    private final Map<String, ScheduleEntry> entries = new TreeMap<>();
    private Runnable alarm = () -> {};
    /** Counts what changes here; what was read before a change says nothing of it. */
    private int changes;

    private Instant nextLook = Instant.MIN;
    /** Changes that are not durable yet. */
    private int unwritten;

    private boolean isClosed;

    /** Starts a run, or attaches to the one that has its id; completes once that is durable. */
    interface Starter {
        CompletableFuture<?> start(String workflow, String runId, Payload input);
    }

    /** @param isKnown says whether runs of a workflow can be started here */
    Scheduler(Services services, Starter starter, Predicate<String> isKnown) {
        this.services = services;
        this.starter = starter;
        this.isShared = services.store().isShared();
        this.isKnown = isKnown;
    }

    /** Takes up the schedules in the store; what they missed is caught up on. */
    void open() {
        List<ScheduleRecord> stored = services.store().schedules();
        synchronized (lock) {
            stored.forEach(record -> entries.put(record.name(), new ScheduleEntry(record, read(record))));
            arm();
        }
    }

    /** The store was looked at: now and then, the schedules are too. */
    void looked() {
        Instant now = services.time().now();
        synchronized (lock) {
            if (now.isBefore(nextLook)) {
                return;
            }
            nextLook = now.plus(LOOK_EVERY);
        }
        refresh();
    }

    /** Takes over what other engines did to the schedules. Reads the store, if engines share that. */
    void refresh() {
        if (!isShared) {
            return;
        }
        int before;
        synchronized (lock) {
            before = changes;
        }
        List<ScheduleRecord> stored = services.store().schedules();
        synchronized (lock) {
            if (changes == before && unwritten == 0 && !isClosed) {
                Set<String> names = stored.stream().map(ScheduleRecord::name).collect(Collectors.toSet());
                entries.keySet().retainAll(names);
                stored.forEach(this::take);
                arm();
            }
        }
    }

    private void take(ScheduleRecord record) {
        ScheduleEntry known = entries.get(record.name());
        if (known == null || !(known.isFiring || known.record.equals(record))) {
            entries.put(record.name(), new ScheduleEntry(record, read(record)));
        }
    }

    /** What was being written is not, or is: the lease is another one. */
    void regained() {
        synchronized (lock) {
            changes++;
            entries.values().forEach(entry -> entry.isFiring = false);
        }
        refresh();
    }

    private @Nullable Schedule read(ScheduleRecord record) {
        if (isShared && !isKnown.test(record.workflow())) {
            return null; // others start its runs
        }
        try {
            return Schedule.fromJson(record.spec());
        } catch (PerdureException unreadable) {
            tellFailed(record, "", unreadable);
            return null;
        }
    }

    /**
     * Adds a schedule or replaces the one of its name, which keeps its place in time where its times are the same; completes
     * once that is durable.
     */
    CompletableFuture<Void> put(String name, Schedule schedule, String workflow, Payload input) {
        requireName(name);
        Instant now = services.time().now();
        ScheduleRecord fresh = fresh(name, schedule, workflow, input, now);
        refresh();
        synchronized (lock) {
            ScheduleEntry old = entries.get(name);
            ScheduleRecord record = old == null ? fresh : replacing(old.record, fresh);
            entries.put(name, new ScheduleEntry(record, schedule));
            arm();
            return write(new Write.SaveSchedule(record));
        }
    }

    private static void requireName(String name) {
        Names.requireValid("schedule name", name);
        if (name.length() > LONGEST_NAME) {
            throw new PerdureException(
                    ErrorCode.INVALID_NAME,
                    "schedule name " + Names.quoted(name) + " has " + name.length() + " characters; at most "
                            + LONGEST_NAME + " are allowed");
        }
    }

    private static ScheduleRecord fresh(String name, Schedule schedule, String workflow, Payload input, Instant now) {
        Instant next = schedule.next(now);
        long at = now.toEpochMilli();
        Long nextAt = next == null ? null : (Long) next.toEpochMilli();
        return new ScheduleRecord(name, workflow, schedule.toJson(), input.text(), nextAt, null, at, at);
    }

    /** Declaring a schedule anew whenever a program starts must not make it forget what it missed. */
    private static ScheduleRecord replacing(ScheduleRecord old, ScheduleRecord fresh) {
        return new ScheduleRecord(
                fresh.name(),
                fresh.workflow(),
                fresh.spec(),
                fresh.input(),
                old.spec().equals(fresh.spec()) ? old.nextAt() : fresh.nextAt(),
                old.lastAt(),
                old.createdAt(),
                fresh.updatedAt());
    }

    /** Removes a schedule; completes once that is durable. */
    CompletableFuture<Void> drop(String name) {
        refresh();
        synchronized (lock) {
            if (entries.remove(name) == null) {
                throw new PerdureException(
                        ErrorCode.UNKNOWN_SCHEDULE,
                        "there is no schedule " + Names.quoted(name) + "; the store has " + entries.keySet());
            }
            arm();
            return write(new Write.DropSchedule(name));
        }
    }

    /** What is written becomes durable in the order of these calls, and before the starts that follow it; the lock is held. */
    private CompletableFuture<Void> write(Write write) {
        changes++;
        unwritten++;
        CompletableFuture<Void> written = services.tenures().again(() -> submit(write));
        return written.whenComplete((done, failed) -> {
            synchronized (lock) {
                changes++;
                unwritten--;
            }
        });
    }

    private CompletableFuture<Void> submit(Write write) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        services.committer()
                .submit(
                        write,
                        Acknowledged.of(
                                () -> onPool(() -> done.complete(null)),
                                why -> onPool(() -> done.completeExceptionally(why))));
        return done;
    }

    List<ScheduledWorkflow> list() {
        return services.store().schedules().stream().map(ScheduledWorkflow::of).toList();
    }

    /** Sets the alarm for the earliest schedule; the lock is held. */
    private void arm() {
        alarm.run();
        alarm = () -> {};
        Instant earliest = null;
        for (ScheduleEntry entry : entries.values()) {
            Instant wakesAt = entry.wakesAt();
            if (wakesAt != null && (earliest == null || wakesAt.isBefore(earliest))) {
                earliest = wakesAt;
            }
        }
        if (earliest != null && !isClosed) {
            alarm = services.time().schedule(earliest, this::ring);
        }
    }

    private void ring() {
        Instant now = services.time().now();
        onPool(() -> fireDue(now));
    }

    private void fireDue(Instant now) {
        try {
            refresh(); // another engine may have done it
        } catch (PerdureException unavailable) {
            LOG.warn("schedules are looked at later: {}", unavailable.getMessage());
            synchronized (lock) {
                alarm = services.time().schedule(now.plus(PAUSE), this::ring);
            }
            return;
        }
        List<ScheduleEntry> due = new ArrayList<>();
        synchronized (lock) {
            for (ScheduleEntry entry : isClosed ? List.<ScheduleEntry>of() : entries.values()) {
                Instant wakesAt = entry.wakesAt();
                if (wakesAt != null && !wakesAt.isAfter(now)) {
                    entry.isFiring = true;
                    due.add(entry);
                }
            }
            arm();
        }
        due.forEach(entry -> fire(entry, now));
    }

    private void fire(ScheduleEntry entry, Instant now) {
        try {
            fire(entry, Objects.requireNonNull(entry.schedule), Objects.requireNonNull(entry.due()), now);
        } catch (RuntimeException defect) { // it stays as it is until it is replaced, or another engine opens
            tellFailed(entry.record, "", defect);
        }
    }

    private void fire(ScheduleEntry entry, Schedule schedule, Instant due, Instant now) {
        Firing firing = Firing.of(entry.record, schedule, due, now);
        if (firing.isPassed()) {
            LOG.info("schedule {} passes over some of its times from {} to {}", entry.record.name(), due, now);
        }
        List<CompletableFuture<?>> starts = new ArrayList<>();
        for (Instant time : firing.times()) {
            starts.add(starter.start(entry.record.workflow(), firing.runId(time), firing.input()));
        }
        CompletableFuture<?>[] all = starts.toArray(CompletableFuture<?>[]::new);
        CompletableFuture<?> ignored =
                CompletableFuture.allOf(all).whenComplete((done, failed) -> started(entry, firing, starts));
    }

    private void started(ScheduleEntry entry, Firing firing, List<CompletableFuture<?>> starts) {
        boolean isPaused = false;
        for (int i = 0; i < starts.size(); i++) {
            Throwable failure = failure(starts.get(i));
            ErrorCode code = failure instanceof PerdureException known ? known.code() : ErrorCode.INTERNAL;
            if (code == ErrorCode.ENGINE_CLOSED || code == ErrorCode.OWNERSHIP_LOST) {
                return; // the next engine goes on with the schedule as it is stored
            }
            isPaused |= code == ErrorCode.STORE_UNAVAILABLE;
            if (failure != null && code != ErrorCode.STORE_UNAVAILABLE) {
                tellFailed(entry.record, firing.runId(firing.times().get(i)), failure);
            }
        }
        synchronized (lock) {
            if (isPaused) {
                entry.isFiring = false;
                entry.pausedUntil = services.time().now().plus(PAUSE);
                arm();
            } else if (entries.get(entry.record.name()) == entry) {
                save(entry, firing.done(services.time().now()));
            }
        }
    }

    private void save(ScheduleEntry entry, ScheduleRecord next) {
        Instant fired = Objects.requireNonNull(entry.due());
        changes++;
        unwritten++;
        Runnable saved = () -> {
            synchronized (lock) {
                changes++;
                unwritten--;
                entry.record = next;
                entry.isFiring = false;
                entry.pausedUntil = null;
                arm();
            }
        };
        services.committer()
                .submit(
                        new Write.MoveSchedule(next, fired.toEpochMilli()),
                        Acknowledged.of(() -> onPool(saved), why -> onPool(this::notSaved)));
    }

    /** Another engine does it, or this one under a new lease. */
    private void notSaved() {
        synchronized (lock) {
            changes++;
            unwritten--;
        }
    }

    private static @Nullable Throwable failure(CompletableFuture<?> start) {
        return start.handle((done, failed) -> failed == null ? null : Futures.cause(failed))
                .join();
    }

    private void tellFailed(ScheduleRecord record, String runId, Throwable why) {
        String reason = String.valueOf(why.getMessage());
        LOG.warn("schedule {} starts no run {}: {}", record.name(), runId, reason);
        services.listeners()
                .tell(new EngineEvent.ScheduleFailed(
                        runId,
                        record.name(),
                        record.workflow(),
                        reason,
                        services.time().now()));
    }

    /** Neither the committing thread nor the timekeeper's is held up. */
    private void onPool(Runnable work) {
        try {
            services.pool().execute(work);
        } catch (RejectedExecutionException closing) {
            work.run();
        }
    }

    /** Starts no more runs. */
    void close() {
        synchronized (lock) {
            isClosed = true;
            alarm.run();
        }
    }
}
