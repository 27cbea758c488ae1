package dev.caravan.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputDecompressor;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** GZIP by the JDK: everybody reads it, and Parquet's own would ask Hadoop. */
final class Gzip implements CompressionCodecFactory, BytesInputCompressor, BytesInputDecompressor {
    /** What dictionaries have left of most columns gets hardly smaller by trying longer: clicks by a fortieth, for a quarter of all the time. */
    private static final class Fast extends GZIPOutputStream {
        Fast(OutputStream to) throws IOException {
            super(to);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        return this;
    }

    /** @throws IllegalArgumentException for what we have not written */
    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        if (codec != CompressionCodecName.GZIP) throw new IllegalArgumentException("compressed by " + codec);
        return this;
    }

    @Override
    public BytesInput compress(BytesInput page) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new Fast(compressed)) {
            page.writeAllTo(gzip);
        }
        return BytesInput.from(compressed);
    }

    @Override
    public BytesInput decompress(BytesInput page, int size) throws IOException {
        try (var gzip = new GZIPInputStream(page.toInputStream())) {
            return BytesInput.from(gzip.readNBytes(size));
        }
    }

    @Override
    public void decompress(ByteBuffer page, int compressed, ByteBuffer to, int size) throws IOException {
        to.put(decompress(BytesInput.from(page), size).toByteArray());
    }

    @Override
    public CompressionCodecName getCodecName() {
        return CompressionCodecName.GZIP;
    }

    @Override
    public void release() {}
}
