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
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
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

    private final Services services;
    private final Starter starter;
    private final Object lock = new Object();
    private final Map<String, Entry> entries = new TreeMap<>();
    private Runnable alarm = () -> {};
    private boolean isClosed;

    /** Starts a run, or attaches to the one that has its id; completes once that is durable. */
    interface Starter {
        CompletableFuture<?> start(String workflow, String runId, Payload input);
    }

    /** A schedule of this engine. Guarded by the lock. */
    private static final class Entry {
        private ScheduleRecord record;
        /** Null for one that cannot be read here: it is kept, and does nothing. */
        private final @Nullable Schedule schedule;

        private boolean isFiring;
        /** Not before this, whatever is due. */
        private @Nullable Instant pausedUntil;

        Entry(ScheduleRecord record, @Nullable Schedule schedule) {
            this.record = record;
            this.schedule = schedule;
        }

        @Nullable
        Instant due() {
            return record.nextAt() == null ? null : Instant.ofEpochMilli(record.nextAt());
        }

        /** When to look at it; null for not at all. */
        @Nullable
        Instant wakesAt() {
            Instant due = due();
            if (due == null || schedule == null || isFiring) {
                return null;
            }
            return pausedUntil != null && pausedUntil.isAfter(due) ? pausedUntil : due;
        }
    }

    Scheduler(Services services, Starter starter) {
        this.services = services;
        this.starter = starter;
    }

    /** Takes up the schedules in the store; what they missed is caught up on. */
    void open() {
        List<ScheduleRecord> stored = services.store().schedules();
        synchronized (lock) {
            stored.forEach(record -> entries.put(record.name(), new Entry(record, read(record))));
            arm();
        }
    }

    private @Nullable Schedule read(ScheduleRecord record) {
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
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (lock) {
            Entry old = entries.get(name);
            ScheduleRecord record = old == null ? fresh : replacing(old.record, fresh);
            entries.put(name, new Entry(record, schedule));
            write(new Write.SaveSchedule(record), done);
            arm();
        }
        return done;
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
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (lock) {
            if (entries.remove(name) == null) {
                throw new PerdureException(
                        ErrorCode.UNKNOWN_SCHEDULE,
                        "there is no schedule " + Names.quoted(name) + "; the store has " + entries.keySet());
            }
            write(new Write.DropSchedule(name), done);
            arm();
        }
        return done;
    }

    /** What is written becomes durable in the order of these calls, and before the starts that follow it. */
    private void write(Write write, CompletableFuture<Void> done) {
        services.committer()
                .submit(
                        write,
                        Acknowledged.of(
                                () -> onPool(() -> done.complete(null)),
                                why -> onPool(() -> done.completeExceptionally(why))));
    }

    List<ScheduledWorkflow> list() {
        return services.store().schedules().stream().map(ScheduledWorkflow::of).toList();
    }

    /** Sets the alarm for the earliest schedule; the lock is held. */
    private void arm() {
        alarm.run();
        alarm = () -> {};
        Instant earliest = null;
        for (Entry entry : entries.values()) {
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
        List<Entry> due = new ArrayList<>();
        synchronized (lock) {
            for (Entry entry : isClosed ? List.<Entry>of() : entries.values()) {
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

    private void fire(Entry entry, Instant now) {
        try {
            fire(entry, Objects.requireNonNull(entry.schedule), Objects.requireNonNull(entry.due()), now);
        } catch (RuntimeException defect) { // it stays as it is until it is replaced, or another engine opens
            tellFailed(entry.record, "", defect);
        }
    }

    private void fire(Entry entry, Schedule schedule, Instant due, Instant now) {
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

    private void started(Entry entry, Firing firing, List<CompletableFuture<?>> starts) {
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

    private void save(Entry entry, ScheduleRecord next) {
        Runnable saved = () -> {
            synchronized (lock) {
                entry.record = next;
                entry.isFiring = false;
                entry.pausedUntil = null;
                arm();
            }
        };
        services.committer()
                .submit(
                        new Write.SaveSchedule(next),
                        Acknowledged.of(() -> onPool(saved), why -> {})); // refused: the next engine does it
    }

    private static @Nullable Throwable failure(CompletableFuture<?> start) {
        return start.handle((done, failed) ->
                        failed instanceof CompletionException && failed.getCause() != null ? failed.getCause() : failed)
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
