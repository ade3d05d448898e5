import Foundation
import Layers
import ModelFiles
import Networks
import Testing

@testable import Converters

@Suite("Files of weights that are refused")
struct DamagedWeightsTests {
  /// What the converter makes of a file, as the tool does it.
  private func convert(_ name: String) throws {
    let path = weightFixture("damaged/weights/\(name)")
    let kind = try FileKind(ofFile: path)
    var log = ConversionLog(file: path)
    if name.hasPrefix("graph_") {
      _ = try SafetensorsConverter.model(reading: path, log: &log)
      return
    }
    let network = try Network.sequential(input: [1]) { PReLU() }
    guard let importer = Converters.weightsImporters.first(where: { $0.kind == kind }) else {
      Issue.record("\(name) is \(kind)")
      return
    }
    _ = try importer.model(
      reading: path, onto: Model.random(network), matching: WeightOptions(), log: &log)
  }

  @Test("Every damaged or hostile file gets one clear line", arguments: messages)
  func damaged(name: String, expected: String) throws {
    let found = weightMessage { try convert(name) }
    #expect(
      found == (expected.hasPrefix("= ") ? "\(expected.dropFirst(2))" : "\(name): \(expected)"))
  }

  @Test("Every file of the folder is among them")
  func all() throws {
    let names = try FileManager.default.contentsOfDirectory(
      atPath: weightFixture("damaged/weights"))
    #expect(Set(names) == Set(messages.map(\.name)).union(["part.safetensors"]))
  }
}

private let many = "m/data.pkl: makes more than 67108864 bytes of its values"

private let run =
  "which is neither a tensor nor plain data, and would be run where PyTorch reads it; save the "
  + "state dict alone: torch.save(model.state_dict(), \"model.pt\")"

/// What each file of `Fixtures/damaged/weights` gets; behind "= " with the name of the file.
private let messages: [(name: String, expected: String)] = [
  (
    "absent.safetensors.index.json",
    "= absent.safetensors: no such file"
  ),
  (
    "absolute.pt",
    "/m/x: the name of a member must not lead out of the archive"
  ),
  (
    "absolute.safetensors.index.json",
    "'/mlp.safetensors': expected the name of a .safetensors file beside the index"
  ),
  (
    "backwards.safetensors",
    "tensor 'a': expected 4 bytes for F32 [1], found data_offsets [4, 0]"
  ),
  (
    "big_endian.pt",
    "m/byteorder: expected 'little', found 'big'; numbers of that order are not read"
  ),
  (
    "bomb.pt",
    "m/data.pkl: expected at most 67108864 bytes, found 83886083"
  ),
  (
    "brace.safetensors",
    "damaged header: expected '\"' at byte 1"
  ),
  (
    "called_text.pt",
    "m/data.pkl: calls a text at byte 19"
  ),
  (
    "called_type.pt",
    "m/data.pkl: calls a type at byte 18"
  ),
  (
    "changed_text.pt",
    "m/data.pkl: changes a text at byte 9"
  ),
  (
    "complex.pt",
    "weights weight: complex64 numbers are not read; --allow-loss leaves it out"
  ),
  (
    "cut_short.pt",
    "m/data.pkl: cut short"
  ),
  (
    "cut_short.safetensors",
    "expected 4 bytes behind the header, found 2"
  ),
  (
    "cycle.pt",
    "expected a state dict under 'model' or 'state_dict', found: model"
  ),
  (
    "deep_lists.pt",
    "expected a state dict or a dictionary with one, found a list"
  ),
  (
    "deep_tuples.pt",
    "expected a state dict or a dictionary with one, found a tuple"
  ),
  (
    "doubling.pt",
    "expected a state dict under 'model' or 'state_dict', found: model"
  ),
  (
    "doubling_lists.pt",
    "expected a state dict or a dictionary with one, found a tuple"
  ),
  (
    "duplicate.pt",
    "m/data.pkl: two members have this name"
  ),
  (
    "eight_bits.safetensors",
    "weights weight: F8_E4M3 numbers are not read; --allow-loss leaves it out"
  ),
  (
    "empty.safetensors.index.json",
    "expected 'weight_map' with the names of tensors"
  ),
  (
    "evaluation.pt",
    "m/data.pkl: names __builtin__.eval, " + run
  ),
  (
    "extension.pt",
    "m/data.pkl: opcode EXT1 0x82 at byte 2 is none that PyTorch writes"
  ),
  (
    "fraction.safetensors",
    "damaged header: expected ']' at byte 34"
  ),
  (
    "graph_damaged.safetensors",
    "nnmodel.graph: network: expected Dictionary<String, Any>"
  ),
  (
    "graph_too_large.safetensors",
    "nnmodel.graph: the network has 1099511627776 parameters, the file 1 numbers"
  ),
  (
    "half_a_byte.safetensors",
    "tensor 'a': [3] of F4 is not a whole number of bytes"
  ),
  (
    "header_cut.safetensors",
    "declares a header of 66 bytes, 12 follow; it is cut short"
  ),
  (
    "header_of_2_62.safetensors",
    "expected a header of at most 100000000 bytes, found 72057589742960700"
  ),
  (
    "header_too_large.safetensors",
    "expected a header of at most 100000000 bytes, found 100000001"
  ),
  (
    "hole.safetensors",
    "tensor 'b': expected its bytes to begin at 4, found 8; tensors follow each other "
      + "without gaps"
  ),
  (
    "instance.pt",
    "m/data.pkl: opcode INST 0x69 at byte 10 is none that PyTorch writes"
  ),
  (
    "kind.safetensors.index.json",
    "'mlp.pt': expected the name of a .safetensors file beside the index"
  ),
  (
    "legacy.pt",
    "is a bare pickle, as PyTorch wrote before 1.6; load it there and save it again"
  ),
  (
    "less.safetensors.index.json",
    "does not name the tensor 'weight' of part.safetensors"
  ),
  (
    "list.safetensors",
    "damaged header: expected '{' at byte 0"
  ),
  (
    "long_4.pt",
    "m/data.pkl: opcode LONG4 0x8b at byte 2 is none that PyTorch writes"
  ),
  (
    "long_text.pt",
    "m/data.pkl: cut short"
  ),
  ("many_bytes.pt", many),
  ("many_dictionaries.pt", many),
  (
    "many_marks.pt",
    "m/data.pkl: nests more than 1048576 values"
  ),
  (
    "many_values.pt",
    "m/data.pkl: nests more than 1048576 values"
  ),
  (
    "memo.pt",
    "m/data.pkl: recalls value 7, which it does not remember"
  ),
  (
    "metadata.safetensors",
    "damaged header: expected '\"' at byte 27"
  ),
  (
    "module.pt",
    "m/data.pkl: names torch.nn.modules.linear.Linear, " + run
  ),
  (
    "more.safetensors.index.json",
    "'other' is not in part.safetensors"
  ),
  (
    "more_behind.pt",
    "m/data.pkl: expected one value and the end at byte 169"
  ),
  (
    "more_keys.safetensors",
    "tensor 'a': expected dtype, shape and data_offsets, found 'file'"
  ),
  (
    "negative.safetensors",
    "damaged header: expected a whole number from 0 to 9223372036854775807 at byte 54"
  ),
  (
    "negative_offset.pt",
    "m/data.pkl: a tensor [1] at -1 with strides [1] leads out of its storage '0' of 1"
  ),
  (
    "negative_size.pt",
    "m/data.pkl: describes a tensor that is none: expected extents of 0 or more, found -1"
  ),
  (
    "negative_stride.pt",
    "m/data.pkl: a tensor [2] at 1 with strides [-1] leads out of its storage '0' of 2"
  ),
  (
    "no_dictionary.pt",
    "expected a state dict or a dictionary with one, found a tensor"
  ),
  (
    "no_mark.pt",
    "m/data.pkl: ends a list that has not begun at byte 5"
  ),
  (
    "no_storage.pt",
    "the storage '7' is missing"
  ),
  (
    "no_values.pt",
    "m/data.pkl: takes a value that is not there at byte 3"
  ),
  (
    "not_utf8.safetensors",
    "damaged header: expected a text in UTF-8 at byte 2"
  ),
  (
    "nothing.pt",
    "expected a state dict under 'model' or 'state_dict', found: epoch"
  ),
  (
    "object.pt",
    "m/data.pkl: names posix.system, " + run
  ),
  (
    "offset.pt",
    "m/data.pkl: a tensor [1] at 1 with strides [1] leads out of its storage '0' of 1"
  ),
  (
    "other_identity.pt",
    "m/data.pkl: names something beside it that is no storage of a tensor"
  ),
  (
    "outside.pt",
    "m/data.pkl: a tensor [2] at 0 with strides [1] leads out of its storage '0' of 1"
  ),
  (
    "overlapping.safetensors",
    "tensor 't1': expected its bytes to begin at 4, found 0; tensors follow each other "
      + "without gaps"
  ),
  (
    "parent.pt",
    "m/../../x: the name of a member must not lead out of the archive"
  ),
  (
    "parent.safetensors.index.json",
    "'../mlp.safetensors': expected the name of a .safetensors file beside the index"
  ),
  (
    "persistent.pt",
    "m/data.pkl: opcode PERSID 0x50 at byte 2 is none that PyTorch writes"
  ),
  (
    "program.pt",
    "is a program of TorchScript; save the state dict of its module in its place"
  ),
  (
    "protocol_0.pt",
    "m/data.pkl: expected a pickle of protocol 2 to 5"
  ),
  (
    "same_key.safetensors",
    "damaged header: two entries are named 'dtype'"
  ),
  (
    "shape_overflow.pt",
    "m/data.pkl: describes a tensor that is none: expected at most 2^41 elements, found "
      + "[1099511627776, 1099511627776]"
  ),
  (
    "shape_overflow.safetensors",
    "damaged header: expected a whole number from 0 to 9223372036854775807 at byte 41"
  ),
  (
    "shape_too_small.safetensors",
    "tensor 'weight': expected 16 bytes for I32 [2, 2], found data_offsets [0, 4]"
  ),
  (
    "short_storage.pt",
    "m/data/0: expected 12 bytes, found 4"
  ),
  (
    "size_overflow.safetensors",
    "tensor 'weight': [2, 9223372036854775807] is too large"
  ),
  (
    "spread.pt",
    "the weights do not fit the network; would be loaded: nothing; wrong shape: 'weight' "
      + "expected [1], found [1048576, 1048576]; --partial loads what fits"
  ),
  (
    "storage_elsewhere.pt",
    "the storage '../../data/0' is missing"
  ),
  (
    "stride_overflow.pt",
    "m/data.pkl: a tensor [3, 3] at 0 with strides [4611686018427387904, "
      + "4611686018427387904] leads out of its storage '0' of 1"
  ),
  (
    "system.pt",
    "m/data.pkl: names posix.system, " + run
  ),
  (
    "system_4.pt",
    "m/data.pkl: names os.system, " + run
  ),
  (
    "too_small.safetensors",
    "expected at least 8 bytes, found 3"
  ),
  (
    "trailer.safetensors",
    "expected 4 bytes behind the header, found 6"
  ),
  (
    "trailing_comma.safetensors",
    "damaged header: expected '\"' at byte 61"
  ),
  (
    "twice.pt",
    "weights weight: two tensors have this name"
  ),
  (
    "twice.safetensors",
    "damaged header: two entries are named 'a'"
  ),
  (
    "two_pickles.pt",
    "expected one pickle data.pkl in a folder, found 2"
  ),
  (
    "unknown_type.safetensors",
    "tensor 'a': unknown dtype 'F8'"
  ),
  (
    "whole_numbers.pt",
    "weights weight: expected real numbers, found int32"
  ),
]
