package dev.perdure.dsl.json

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.net.http.HttpResponse
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.Flow

/** Reads an answer, but no more than [most] bytes of it: a longer one is not received any further. Used once. */
internal class AnswerBody private constructor(private val most: Int) : HttpResponse.BodySubscriber<ByteArray> {
    private val whole = CompletableFuture<ByteArray>()
    private val read = ByteArrayOutputStream()
    private var subscription: Flow.Subscription? = null

    override fun getBody(): CompletionStage<ByteArray> = whole

    override fun onSubscribe(subscription: Flow.Subscription) {
        this.subscription = subscription
        subscription.request(Long.MAX_VALUE)
    }

    override fun onNext(buffers: List<ByteBuffer>) {
        for (buffer in buffers) {
            if (buffer.remaining() > most - read.size()) {
                subscription?.cancel()
                whole.completeExceptionally(AnswerTooLong())
                return
            }
            val bytes = ByteArray(buffer.remaining())
            buffer.get(bytes)
            read.write(bytes)
        }
    }

    override fun onError(thrown: Throwable) {
        whole.completeExceptionally(thrown)
    }

    override fun onComplete() {
        whole.complete(read.toByteArray())
    }

    /** Leaves an answer unread that is no output. */
    private class Unread : HttpResponse.BodySubscriber<ByteArray> {
        private val nothing = CompletableFuture<ByteArray>()

        override fun getBody(): CompletionStage<ByteArray> = nothing

        override fun onSubscribe(subscription: Flow.Subscription) {
            subscription.cancel()
            nothing.complete(ByteArray(0))
        }

        override fun onNext(buffers: List<ByteBuffer>) = Unit

        override fun onError(thrown: Throwable) = Unit

        override fun onComplete() = Unit
    }

    companion object {
        fun of(
            status: Int,
            most: Int,
        ): HttpResponse.BodySubscriber<ByteArray> = if (status in 200..299) AnswerBody(most) else Unread()
    }
}

/** An answer was longer than it may be. */
internal class AnswerTooLong : IOException("the answer is too long")
