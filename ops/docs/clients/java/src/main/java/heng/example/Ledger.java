package heng.example;

import com.google.protobuf.ByteString;
import heng.decision.v1.Decision.DecisionEvent;
import heng.decision.v1.Decision.DecisionKind;
import heng.subscription.v1.Subscription.Cursor;
import heng.subscription.v1.Subscription.PartitionCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The decisions dealt with, and by them the cursor: one line each, written through to the disk, so that a crash leaves both
 * or neither. With a database, make it one transaction.
 */
final class Ledger {
    /** A decision dealt with. */
    record Line(int partition, long seq, String log, DecisionKind kind, String cause) {
        // The cause comes last: it alone may hold a space.
        String text() {
            return partition + " " + seq + " " + log + " " + kind + " " + cause + "\n";
        }

        static Line read(String text) {
            String[] parts = text.split(" ", 5);
            var kind = DecisionKind.valueOf(parts[3]);
            return new Line(Integer.parseInt(parts[0]), Long.parseLong(parts[1]), parts[2], kind, parts[4]);
        }
    }

    private final FileChannel file;
    private final List<Line> lines = new ArrayList<>();
    private final Map<Integer, Long> next = new TreeMap<>();
    private String log = "";

    Ledger(Path path) throws IOException {
        String text = Files.exists(path) ? Files.readString(path) : "";
        // A crash may have left half a line: its decision comes again.
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        whole.lines().map(Line::read).forEach(this::note);
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        file.truncate(whole.getBytes(StandardCharsets.UTF_8).length);
        file.position(file.size());
    }

    private void note(Line line) {
        lines.add(line);
        next.put(line.partition(), line.seq() + 1);
        log = line.log();
    }

    /** Here a department would act. Ours writes down what was decided. */
    synchronized void dealWith(DecisionEvent decision, ByteString log) throws IOException {
        var place = decision.getPosition();
        String id = HexFormat.of().formatHex(log.toByteArray());
        var line = new Line(place.getPartition(), decision.getSeq(), id, decision.getKind(), decision.getCause());
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(line.text());
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        file.force(true);
        note(line);
        notifyAll();
    }

    /** Where to go on; none where nothing was dealt with. */
    synchronized Cursor cursor() {
        if (next.isEmpty()) {
            return null;
        }
        var cursor = Cursor.newBuilder().setLog(ByteString.copyFrom(HexFormat.of().parseHex(log)));
        next.forEach((partition, seq) ->
                cursor.addPartitions(PartitionCursor.newBuilder().setPartition(partition).setNextSeq(seq)));
        return cursor.build();
    }

    synchronized List<Line> lines() {
        return List.copyOf(lines);
    }
}
