package dev.shm.benchmark.object;

import dev.shm.benchmark.crew.Orders;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The process of one contender, which does its tasks as it is told. */
public final class Contestant {

    /** Whose tasks they are. */
    enum Side {
        SHARED,
        JDK,
        CHRONICLE
    }

    private static final int AT_ONCE = 500;

    private Contestant() {}

    /**
     * Obeys for as long as there is somebody to give orders.
     *
     * @param arguments whose tasks, the directory for files, and how many elements large things have
     */
    public static void main(String[] arguments) throws Exception {
        Orders orders = Orders.listen();
        Path directory = Path.of(arguments[1]);
        int many = Integer.parseInt(arguments[2]);
        List<Task> tasks = switch (Side.valueOf(arguments[0])) {
            case SHARED -> new SharedTasks(directory, many).all();
            case JDK -> new JdkTasks(many).all();
            case CHRONICLE -> new ChronicleTasks(directory, many).all();
        };
        Map<String, Task> byName = new LinkedHashMap<>();
        tasks.forEach(task -> byName.put(task.label().toString(), task));
        orders.obey(words -> switch (words[0]) {
            case "tasks" -> tell(tasks);
            case "run" -> Double.toString(run(find(byName, words[1]), Long.parseLong(words[2])));
            case "go-on" -> goOn(find(byName, words[1]), orders);
            case "stop" -> "stopped";
            default -> throw new IllegalArgumentException(words[0]);
        });
    }

    private static String tell(List<Task> tasks) {
        return tasks.stream().map(task -> task.label().toString()).collect(Collectors.joining(" "));
    }

    private static Task find(Map<String, Task> byName, String name) {
        return Objects.requireNonNull(byName.get(name), name);
    }

    /** Nanoseconds for one, or for all of them where that is the task. */
    private static double run(Task task, long nanos) throws Exception {
        int atOnce = task.label().isFilling() ? 1 : AT_ONCE;
        long start = System.nanoTime();
        long done = 0;
        long passed;
        do {
            task.work().times(atOnce);
            done += atOnce;
            passed = System.nanoTime() - start;
        } while (passed < nanos);
        return (double) passed / done;
    }

    /** Does it until there is another order. Answers as soon as it has begun, and at the end how often it did. */
    private static String goOn(Task task, Orders orders) throws Exception {
        task.work().times(AT_ONCE);
        Orders.answer("begun");
        long done = 0;
        do {
            task.work().times(AT_ONCE);
            done += AT_ONCE;
        } while (orders.isEmpty());
        return Long.toString(done);
    }
}
