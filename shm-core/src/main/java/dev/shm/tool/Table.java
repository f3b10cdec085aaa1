package dev.shm.tool;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows in columns that are as wide as what is in them. A heading that starts with {@code >} is set to the right. */
final class Table {

    private static final String GAP = "  ";

    private final String indent;
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] right;

    Table(String indent, String... headings) {
        this.indent = indent;
        this.right = new boolean[headings.length];
        String[] first = new String[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
            first[i] = right[i] ? headings[i].substring(1) : headings[i];
        }
        rows.add(first);
    }

    void row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException("columns=" + right.length + ", cells=" + Arrays.toString(cells));
        }
        rows.add(cells.clone());
    }

    void print(PrintStream out) {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], width(row[i]));
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder(indent);
            for (int i = 0; i < row.length; i++) {
                String padding = " ".repeat(widths[i] - width(row[i]));
                line.append(i == 0 ? "" : GAP)
                        .append(right[i] ? padding : "")
                        .append(row[i])
                        .append(right[i] ? "" : padding);
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
