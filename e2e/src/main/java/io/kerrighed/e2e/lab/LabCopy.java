// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Copies files and directories into a node or out of it, as tar streams, modes kept. */
final class LabCopy {
  private static final Pattern PLACE = Pattern.compile("(\\d+):(.+)");

  /** Arguments: the target, the number of things that come, the name of the last one. */
  private static final String UNPACK =
      """
      target=$1
      if [ -d "$target" ]; then exec tar -xf - -C "$target" --no-same-owner; fi
      if [ "$2" != 1 ]; then echo "lab: $target is no directory" >&2; exit 1; fi
      parent=$(dirname "$target")
      if [ ! -d "$parent" ]; then echo "lab: there is no directory $parent" >&2; exit 1; fi
      work=$(mktemp -d -p "$parent") && tar -xf - -C "$work" --no-same-owner &&
        mv -T "$work/$3" "$target"
      status=$?
      rm -rf "$work"
      exit $status
      """;

  private static final String PACK =
      """
      if [ ! -e "$1" ]; then echo "lab: there is no $1" >&2; exit 1; fi
      exec tar -cf - -C "$(dirname "$1")" "$(basename "$1")"
      """;

  private LabCopy() {}

  static int run(LabClient client, List<String> places) throws IOException, InterruptedException {
    String last = places.get(places.size() - 1);
    List<String> first = places.subList(0, places.size() - 1);
    Matcher target = PLACE.matcher(last);
    Matcher source = PLACE.matcher(first.get(0));
    if (target.matches() && first.stream().noneMatch(p -> PLACE.matcher(p).matches())) {
      return in(client, first, target.group(1), target.group(2));
    }
    if (first.size() == 1 && source.matches() && !target.matches()) {
      return out(client, source.group(1), source.group(2), Path.of(last));
    }
    throw new LabException("write 'cp FILE… NODE:PATH' or 'cp NODE:PATH DIR'");
  }

  private static int in(LabClient client, List<String> files, String node, String path)
      throws IOException, InterruptedException {
    List<String> tar = new ArrayList<>(List.of("tar", "-cf", "-"));
    Path name = Path.of(".");
    for (String file : files) {
      Path absolute = Path.of(file).toAbsolutePath().normalize();
      if (!Files.exists(absolute)) {
        throw new LabException("there is no file %s".formatted(file));
      }
      name = absolute.getFileName();
      tar.addAll(List.of("-C", absolute.getParent().toString(), name.toString()));
    }
    Process packer = new ProcessBuilder(tar).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    packer.getOutputStream().close();
    int status;
    try (InputStream archive = packer.getInputStream()) {
      status =
          client.request(
              exec(node, UNPACK, path, Integer.toString(files.size()), name.toString()),
              archive,
              System.out,
              System.err);
    }
    return Math.max(status, status == 0 ? packer.waitFor() : 0);
  }

  private static int out(LabClient client, String node, String path, Path directory)
      throws IOException, InterruptedException {
    if (!Files.isDirectory(directory)) {
      throw new LabException("%s is no directory".formatted(directory));
    }
    Process unpacker =
        new ProcessBuilder("tar", "-xf", "-", "-C", directory.toString(), "--no-same-owner")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .start();
    int status;
    try (OutputStream archive = unpacker.getOutputStream()) {
      status = client.request(exec(node, PACK, path), null, archive, System.err);
    }
    int unpacked = unpacker.waitFor();
    return status != 0 ? status : unpacked;
  }

  private static List<String> exec(String node, String script, String... arguments) {
    List<String> request =
        new ArrayList<>(List.of("exec", node, "0", "0", "dumb", "sh", "-c", script, "sh"));
    request.addAll(List.of(arguments));
    return request;
  }
}
