package dev.perdure.core

import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path

/**
 * Text that must not change by accident, kept under `src/test/resources/golden`. `-Dperdure.golden.update=true` writes the
 * files anew; their difference is then to be reviewed like code.
 */
object Golden {
    private val folder: Path = Path.of("src", "test", "resources", "golden")

    fun read(name: String): String = Files.readString(folder.resolve(name))

    fun compare(
        name: String,
        text: String,
    ) {
        if (System.getProperty("perdure.golden.update") == "true") {
            Files.createDirectories(folder)
            Files.writeString(folder.resolve(name), text)
        }
        text shouldBe read(name)
    }
}
