package dev.perdure.samples.onboarding

import org.apache.commons.csv.CSVFormat
import org.apache.commons.csv.CSVParser
import org.apache.commons.csv.CSVRecord
import java.io.UncheckedIOException
import java.time.LocalDate
import java.time.format.DateTimeParseException

/** What a file of employees holds: those that can be read, and the lines that cannot. */
data class EmployeeList(val employees: List<Employee>, val skipped: List<SkippedLine>)

/** A line that is no employee, by its number in the file (from 1, the header counts). */
data class SkippedLine(val number: Long, val reason: String)

/** Reads employees from CSV. A malformed line is reported and skipped, the others are read. */
object EmployeeCsv {
    private val columns = listOf("id", "name", "email", "department", "start_date", "laptop")
    private val format =
        CSVFormat.RFC4180
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .get()

    /** The 1,000 employees that ship with the samples. */
    fun bundled(): EmployeeList {
        val file = checkNotNull(javaClass.getResource("/employees.csv")) { "employees.csv is not on the class path" }
        return read(file.readText())
    }

    /**
     * Reads CSV text, with or without a byte order mark.
     *
     * @throws IllegalArgumentException when its first line is not the header
     */
    fun read(text: String): EmployeeList =
        CSVParser.parse(text.removePrefix("\uFEFF"), format).use { parser ->
            require(parser.headerNames == columns) {
                "the first line has to be ${columns.joinToString(",")}; found ${parser.headerNames.joinToString(",")}"
            }
            EmployeeReader(parser).read()
        }

    private class EmployeeReader(private val parser: CSVParser) {
        private val records = parser.iterator()
        private val lineOfId = mutableMapOf<String, Long>()
        private val employees = mutableListOf<Employee>()
        private val skipped = mutableListOf<SkippedLine>()
        private var isMidLine = false

        fun read(): EmployeeList {
            var line = parser.currentLineNumber + 1
            while (readRecord(line)) {
                // What follows a quoting mistake is the rest of the same line.
                line = if (isMidLine) line else parser.currentLineNumber + 1
            }
            return EmployeeList(employees, skipped)
        }

        private fun readRecord(line: Long): Boolean {
            val isRest = isMidLine
            isMidLine = false
            try {
                if (!records.hasNext()) {
                    return false
                }
                val record = records.next()
                if (!isRest) {
                    employees += employee(record, line)
                }
            } catch (e: UncheckedIOException) {
                isMidLine = true
                if (!isRest) {
                    skipped += SkippedLine(line, "broken quotes: ${e.cause?.message?.substringBefore(" at line")}")
                }
            } catch (e: IllegalArgumentException) {
                skipped += SkippedLine(line, e.message ?: "unreadable")
            }
            return true
        }

        private fun employee(
            record: CSVRecord,
            line: Long,
        ): Employee {
            require(record.size() == columns.size) { "expected ${columns.size} columns, found ${record.size()}" }
            val blank = columns.filter { record[it].isBlank() }
            require(blank.isEmpty()) { "nothing in column ${blank.joinToString(" and ")}" }
            require("@" in record["email"]) { "the email has no @" }
            try {
                LocalDate.parse(record["start_date"])
            } catch (_: DateTimeParseException) {
                throw IllegalArgumentException("the start date is not a date like 2026-03-31")
            }
            val id = record["id"]
            val earlier = lineOfId.putIfAbsent(id, line)
            require(earlier == null) { "id $id is taken by line $earlier" }
            return Employee(
                id,
                record["name"],
                record["email"],
                record["department"],
                record["start_date"],
                record["laptop"],
            )
        }
    }
}
