package dev.perdure.storage

import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.Subject
import dev.perdure.core.engine.callConformance
import dev.perdure.core.engine.choiceConformance
import dev.perdure.core.engine.loopConformance
import dev.perdure.core.engine.sagaConformance
import dev.perdure.core.engine.waitConformance
import dev.perdure.core.engine.wholeWorkflowConformance
import io.kotest.core.spec.style.FunSpec

/** All kinds of nodes, on PostgreSQL with one engine at a time. */
class PostgresLanguageSpec :
    FunSpec({
        val subject = Subject(::newPostgresStores, JavaAuthoring, true)
        include(wholeWorkflowConformance(subject))
        include(loopConformance(subject))
        include(choiceConformance(subject))
        include(waitConformance(subject))
        include(sagaConformance(subject))
        include(callConformance(subject))
    })

/** Each store that is opened comes long after the one before has died, so that its engine takes over at once. */
internal fun newPostgresStores(): Stores {
    val schema = PostgresServer.newSchema()
    PostgresServer.open(schema).close()
    return Stores {
        PostgresServer.expireLeases(schema)
        PostgresServer.open(schema)
    }
}
