package dev.perdure.storage;

import dev.perdure.core.spi.RunQuery;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/** The storage API as Java sees it. */
final class JavaCaller {
    private JavaCaller() {}

    static int unfinishedRuns(Path file) {
        try (SqliteStore store = SqliteStore.open(file)) {
            return store.list(RunQuery.unfinished()).size();
        }
    }

    static String describe(Path file) {
        SqliteOptions options = new SqliteOptions(Synchronous.NORMAL, Duration.ofSeconds(1));
        try (SqliteStore store = SqliteStore.open(file, options)) {
            return store.describe();
        }
    }

    static String describe(String url, DataSource dataSource, String schema) {
        PostgresOptions options = new PostgresOptions(Duration.ofSeconds(30), Duration.ofSeconds(2), "postgres");
        try (PostgresStore store = PostgresStore.open(url, schema, options);
                PostgresStore other = PostgresStore.open(dataSource, schema)) {
            return store.describe() + " and " + other.describe();
        }
    }

    static List<MigrationState> migrations(DataSource dataSource, String schema) {
        return new PostgresMigrations(dataSource, schema).states();
    }

    static List<MigrationState> migrations(Path file) {
        return new SqliteMigrations(file).states();
    }
}
