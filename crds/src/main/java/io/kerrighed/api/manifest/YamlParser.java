// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ParserException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Text to YAML nodes, within limits on size, depth and aliases. */
final class YamlParser {
  static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 32;
  private static final int MAX_ALIASES = 64;

  private YamlParser() {}

  /** The documents of a file; none if one of them is bad, which the consumer is then told. */
  static List<Node> documents(SourceFile file, Consumer<Problem> problems) {
    if (file.content().length > MAX_BYTES) {
      problems.accept(
          new Problem(
              file.path() + ":1:1", Reason.TOO_LARGE, "the file is larger than 1 MiB: split it"));
      return List.of();
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file.content())).toString();
      LoadSettings settings =
          LoadSettings.builder()
              .setLabel(file.path())
              .setSchema(new CoreSchema())
              .setMaxAliasesForCollections(MAX_ALIASES)
              .build();
      checkDepth(text, settings);
      List<Node> documents = new ArrayList<>();
      new Compose(settings).composeAllFromString(text).forEach(documents::add);
      return documents;
    } catch (MarkedYamlEngineException e) {
      String where = e.getProblemMark().map(Positions::text).orElse(file.path() + ":1:1");
      problems.accept(new Problem(where, Reason.INVALID_YAML, "not YAML: " + sentence(e)));
    } catch (YamlEngineException e) {
      problems.accept(
          new Problem(file.path() + ":1:1", Reason.INVALID_YAML, "not YAML: " + e.getMessage()));
    } catch (CharacterCodingException e) {
      problems.accept(
          new Problem(file.path() + ":1:1", Reason.INVALID_YAML, "not YAML: not in UTF-8"));
    }
    return List.of();
  }

  /** Composing recurses, parsing does not: so depth is counted before anything is composed. */
  private static void checkDepth(String text, LoadSettings settings) {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      if (depth > MAX_DEPTH) {
        throw new ParserException(
            "nested deeper than " + MAX_DEPTH + " levels", event.getStartMark());
      }
    }
  }

  /** The parser notices some mistakes only later: then the place where it began matters more. */
  private static String sentence(MarkedYamlEngineException e) {
    if (e.getContext() == null) {
      return e.getProblem();
    }
    String begin =
        e.getContextMark().map(mark -> " that begins at line " + (mark.getLine() + 1)).orElse("");
    return e.getProblem() + ", " + e.getContext() + begin;
  }
}
