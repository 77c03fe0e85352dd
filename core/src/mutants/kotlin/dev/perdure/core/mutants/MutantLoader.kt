package dev.perdure.core.mutants

import org.objectweb.asm.ClassReader
import org.objectweb.asm.ClassVisitor
import org.objectweb.asm.ClassWriter
import org.objectweb.asm.MethodVisitor
import org.objectweb.asm.Opcodes
import org.objectweb.asm.Type
import org.objectweb.asm.commons.GeneratorAdapter
import org.objectweb.asm.commons.Method
import java.lang.reflect.InvocationTargetException
import java.util.function.LongConsumer

/**
 * One method of one class that does something else: calls of it go to the static method of the same name of [defect], a class of
 * the same package, which is given the object and the arguments and may call [Original].
 */
data class Edit(
    val owner: String,
    val method: String,
    val defect: String,
)

/**
 * Loads the library and its tests' fixtures a second time, with [edits]: beside the original, in the same JVM, and without a trace
 * of it in the library itself.
 */
class MutantLoader(
    private val edits: List<Edit>,
) : ClassLoader(MutantLoader::class.java.classLoader) {
    /** The trial of that name as this loader has it. */
    fun trial(name: String): LongConsumer = loadClass(name).getDeclaredConstructor().newInstance() as LongConsumer

    override fun loadClass(
        name: String,
        resolve: Boolean,
    ): Class<*> =
        synchronized(getClassLoadingLock(name)) {
            if (name.startsWith(OWN)) findLoadedClass(name) ?: define(name) else super.loadClass(name, resolve)
        }

    private fun define(name: String): Class<*> {
        val file = parent.getResourceAsStream(name.replace('.', '/') + ".class") ?: throw ClassNotFoundException(name)
        val original = file.use { it.readAllBytes() }
        val own = edits.filter { it.owner == name }
        val bytes = if (own.isEmpty()) original else edited(original, own)
        return defineClass(name, bytes, 0, bytes.size, parent.loadClass(name).protectionDomain)
    }

    private fun edited(
        original: ByteArray,
        own: List<Edit>,
    ): ByteArray {
        val reader = ClassReader(original)
        val writer = ClassWriter(reader, ClassWriter.COMPUTE_MAXS)
        val editor = Editor(writer, own.associateBy { it.method })
        reader.accept(editor, 0)
        check(editor.found == own.map { it.method }.toSet()) { "of $own, only ${editor.found} is there to be edited" }
        return writer.toByteArray()
    }

    private class Editor(
        writer: ClassWriter,
        private val edits: Map<String, Edit>,
    ) : ClassVisitor(Opcodes.ASM9, writer) {
        val found = mutableSetOf<String>()
        private lateinit var owner: Type

        override fun visit(
            version: Int,
            access: Int,
            name: String,
            signature: String?,
            superName: String?,
            interfaces: Array<out String>?,
        ) {
            owner = Type.getObjectType(name)
            super.visit(version, access, name, signature, superName, interfaces)
        }

        override fun visitMethod(
            access: Int,
            name: String,
            descriptor: String,
            signature: String?,
            exceptions: Array<out String>?,
        ): MethodVisitor? {
            val edit = edits[name] ?: return super.visitMethod(access, name, descriptor, signature, exceptions)
            check(found.add(name)) { "${edit.owner} has several methods called $name" }
            val redirected = super.visitMethod(access, name, descriptor, signature, exceptions)
            redirect(GeneratorAdapter(redirected, access, name, descriptor), access, Method(name, descriptor), edit)
            val open = access and (Opcodes.ACC_PRIVATE or Opcodes.ACC_PROTECTED or Opcodes.ACC_FINAL).inv()
            return super.visitMethod(open, name + ORIGINAL, descriptor, signature, exceptions)
        }

        private fun redirect(
            code: GeneratorAdapter,
            access: Int,
            method: Method,
            edit: Edit,
        ) {
            code.visitCode()
            if (access and Opcodes.ACC_STATIC != 0) code.push(null as String?) else code.loadThis()
            code.loadArgArray()
            code.invokeStatic(
                Type.getObjectType(edit.defect.replace('.', '/')),
                Method(method.name, "(Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/Object;"),
            )
            if (method.returnType == Type.VOID_TYPE) code.pop() else code.unbox(method.returnType)
            code.returnValue()
            code.endMethod()
        }
    }

    companion object {
        private const val OWN = "dev.perdure."
        internal const val ORIGINAL = "\$original"
    }
}

/** What an edited method did before. */
class Original(
    owner: Class<*>,
    method: String,
) {
    private val method =
        owner.declaredMethods.single { it.name == method + MutantLoader.ORIGINAL }.apply { isAccessible = true }

    fun call(
        self: Any?,
        args: Array<Any?>,
    ): Any? =
        try {
            method.invoke(self, *args)
        } catch (thrown: InvocationTargetException) {
            throw thrown.targetException
        }
}

/** A private field. */
class Hidden(
    owner: Class<*>,
    name: String,
) {
    private val field = owner.getDeclaredField(name).apply { isAccessible = true }

    operator fun get(of: Any): Any? = field.get(of)

    operator fun set(
        of: Any,
        value: Any?,
    ) = field.set(of, value)
}
