package dev.perdure.samples.onboarding

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

private const val HEADER = "id,name,email,department,start_date,laptop\n"

class EmployeeCsvSpec :
    FunSpec({
        test("the file of the samples has 1,000 employees and one malformed line, which is reported") {
            val list = EmployeeCsv.bundled()
            list.employees shouldHaveSize 1000
            list.employees.map { it.id }.distinct() shouldHaveSize 1000
            list.skipped.map { it.number } shouldContainExactly listOf(419L)
            list.skipped.single().reason shouldContain "broken quotes"
        }
        test("accents, apostrophes, quotes and commas inside quotes are read as they are") {
            val zoe = EmployeeCsv.bundled().employees.single { it.id == "E0007" }
            zoe.name shouldBe "O'Brien, Zoë"
            val bob = "E1,'Smith, Robert ''Bob''',bob@example.com,'Sales, EMEA',2026-03-31,thin".replace('\'', '"')
            val list = EmployeeCsv.read(HEADER + bob)
            list.employees.single().name shouldBe "Smith, Robert \"Bob\""
            list.employees.single().department shouldBe "Sales, EMEA"
        }
        test("what follows a malformed line is read, and line numbers count line breaks inside quotes") {
            val list =
                EmployeeCsv.read(
                    "\uFEFF$HEADER" +
                        "E1,\"A\nB\",a@example.com,X,2026-01-01,thin\n" +
                        "E2,\"B\" C,b@example.com,X,2026-01-01,thin\n" +
                        "E3,D,d@example.com,X,2026-01-01,thin\n",
                )
            list.employees.map { it.id } shouldContainExactly listOf("E1", "E3")
            list.skipped.map { it.number } shouldContainExactly listOf(4L)
        }
        test("each mistake is reported with its line and its reason") {
            val list =
                EmployeeCsv.read(
                    HEADER +
                        "E1,A,a@example.com,X,2026-01-01\n" +
                        "E2, ,a@example.com,X,2026-01-01,thin\n" +
                        "E3,A,nobody,X,2026-01-01,thin\n" +
                        "E4,A,a@example.com,X,2026-02-30,thin\n" +
                        "E5,A,a@example.com,X,2026-01-01,thin\n" +
                        "E5,B,b@example.com,X,2026-01-01,thin\n" +
                        "E6,\"never closed",
                )
            list.employees.map { it.id } shouldContainExactly listOf("E5")
            list.skipped.map { it.number } shouldContainExactly listOf(2L, 3L, 4L, 5L, 7L, 8L)
            list.skipped.map { it.reason }.dropLast(1) shouldContainExactly
                listOf(
                    "expected 6 columns, found 5",
                    "nothing in column name",
                    "the email has no @",
                    "the start date is not a date like 2026-03-31",
                    "id E5 is taken by line 6",
                )
        }
        test("a file without employees is empty, and one without the header is refused") {
            EmployeeCsv.read(HEADER).employees.shouldBeEmpty()
            shouldThrow<IllegalArgumentException> { EmployeeCsv.read("name,id\nA,1\n") }.message shouldContain
                "the first line has to be id,name,email,department,start_date,laptop; found name,id"
        }
    })
