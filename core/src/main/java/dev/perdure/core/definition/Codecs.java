package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds the codec for Java types. */
final class Codecs {
    private static final Codec STANDARD = find();

    private Codecs() {}

    /** Jackson's where jackson-databind is on the class path, else {@link PlainCodec}. */
    static Codec standard() {
        return STANDARD;
    }

    private static Codec find() {
        try {
            Iterator<Codec> found = ServiceLoader.load(Codec.class, Codec.class.getClassLoader())
                    .iterator();
            if (found.hasNext()) {
                return found.next();
            }
        } catch (ServiceConfigurationError | NoClassDefFoundError jacksonIsAbsent) {
            return new PlainCodec();
        }
        return new PlainCodec();
    }
}
