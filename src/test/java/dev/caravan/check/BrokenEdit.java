package dev.caravan.check;

import java.util.List;

/**
 * An edit that breaks a shipped file, and what a good checker says of it.
 *
 * @param operator how the edit was made
 * @param name     what was done, in words
 * @param file     path of the file, from the repository's root
 * @param content  the whole file after the edit
 * @param from     first line, from 1, that may be told as the place
 * @param to       last such line
 * @param word     what the advice has to speak of, such as the name that was meant
 */
record BrokenEdit(String operator, String name, String file, String content, int from, int to, String word) {
    /** Whether one of the problems stands in the right file, on the right line, and gives the advice. */
    boolean isTold(List<Problem> problems) {
        return problems.stream()
                .anyMatch(problem -> problem.file().equals(file)
                        && problem.line() >= from
                        && problem.line() <= to
                        && problem.what().contains(word));
    }

    @Override
    public String toString() {
        return operator + ": " + file + ":" + from + ": " + name;
    }
}
