package dev.perdure.core;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The decimal texts of floating point numbers. What {@link Double#toString} gives changed with JDK 19; a recorded number must
 * read the same and compare equal whatever JDK wrote it.
 */
final class Decimals {
    /** Every decimal of so many digits is told apart by a double; two more tell every double apart. */
    private static final int DOUBLE_DIGITS = 15;

    private static final int FLOAT_DIGITS = 6;

    private Decimals() {}

    /** The shortest decimal of 15 to 17 digits, trailing zeros left out, that reads back as {@code value}, which is finite. */
    static String textOf(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e7) {
            return Double.toString(value); // the same on every JDK
        }
        BigDecimal exact = new BigDecimal(value);
        int fewest =
                Math.abs(value) < Double.MIN_NORMAL ? 2 : DOUBLE_DIGITS; // the smallest have fewer digits that count
        BigDecimal decimal = round(exact, fewest);
        for (int digits = fewest + 1; decimal.doubleValue() != value; digits++) {
            decimal = round(exact, digits);
        }
        return textOf(decimal);
    }

    /** The double that is written as the shortest decimal that reads back as {@code value}, which is finite. */
    static double widen(float value) {
        if (value == 0) {
            return value; // keeps the sign
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal decimal = round(exact, FLOAT_DIGITS);
        for (int digits = FLOAT_DIGITS + 1; decimal.floatValue() != value; digits++) {
            decimal = round(exact, digits);
        }
        return decimal.doubleValue();
    }

    private static BigDecimal round(BigDecimal exact, int digits) {
        return exact.round(new MathContext(digits)).stripTrailingZeros();
    }

    /** The form that Double.toString has: plain from 0.001 to 10 million, else with one digit before the point. */
    private static String textOf(BigDecimal decimal) {
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -3 && exponent < 7) {
            return decimal.setScale(Math.max(decimal.scale(), 1)).toPlainString();
        }
        String digits = decimal.unscaledValue().abs().toString();
        String rest = digits.length() == 1 ? "0" : digits.substring(1);
        return (decimal.signum() < 0 ? "-" : "") + digits.charAt(0) + "." + rest + "E" + exponent;
    }
}
