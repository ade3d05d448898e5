import Foundation
import Testing

@Suite("From a table to predictions")
struct JourneyTests {
  @Test("The commands of the README do what they say, one after the other", .timeLimit(.minutes(2)))
  func readme() throws {
    let tool = try Tool()
    for table in ["phones_train.csv", "phones_test.csv", "phones_new.csv"] {
      try tool.copyTable(table)
    }
    let trained = try tool.run(
      "train", "phones_train.csv", "--target", "price_range", "--epochs", "8")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("wrote model.h5"))
    #expect(trained.errors.contains("epoch 8/8"))

    let shown = try tool.run("inspect")
    #expect(shown.status == 0)
    for words in ["dense_1", "price_range", "battery_power", "adamw", "validation loss", "SHA-256"]
    {
      #expect(shown.output.contains(words), "\(words)")
    }
    #expect(shown.lines.allSatisfy { $0.count <= 80 })

    let predicted = try tool.run("predict", "phones_test.csv", "--keep", "id")
    #expect(predicted.status == 0)
    #expect(predicted.lines.count == 401)
    #expect(
      predicted.lines.first
        == "id,prediction,probability_0,probability_1,probability_2,probability_3")
    #expect(
      try tool.run("predict", "phones_test.csv", "--keep", "id", "-o", "p.csv").output.isEmpty)
    #expect(try tool.text("p.csv") == predicted.output)
    let piped = try tool.run(
      "predict", "-", "--keep", "id", input: tool.contents("phones_test.csv"))
    #expect(piped.output == predicted.output)
    try gzip("phones_test.csv", in: tool)
    #expect(
      try tool.run("predict", "phones_test.csv.gz", "--keep", "id").output == predicted.output)

    let evaluated = try tool.run("evaluate", "phones_test.csv")
    #expect(evaluated.status == 0)
    #expect(evaluated.output.contains("accuracy"))
    #expect(evaluated.output.contains("true \\ predicted"))

    let before = try tool.contents("model.h5")
    let tuned = try tool.run("finetune", "phones_new.csv", "-o", "tuned.h5", "--epochs", "3")
    #expect(tuned.status == 0, "\(tuned.errors)")
    #expect(try tool.contents("model.h5") == before)
    #expect(try tool.run("evaluate", "phones_test.csv", "-m", "tuned.h5").status == 0)
    #expect(try tool.run("inspect", "tuned.h5").output.contains("parent"))
  }

  @Test("A regression is scored in the unit of its target")
  func regression() throws {
    let tool = try Tool()
    try tool.copyTable("diabetes.csv")
    let trained = try tool.run(
      "train", "diabetes.csv", "--target", "progression", "--epochs", "5", "--batch-norm",
      "--hidden", "16")
    #expect(trained.status == 0, "\(trained.errors)")
    let scores = try tool.run("evaluate", "diabetes.csv", "--json").json()
    let regression = try #require(scores["regression"] as? [String: Any])
    let error = try #require(regression["rmse"] as? Double)
    #expect(error > 10 && error < 200)
    let layers = try #require(
      try tool.run("inspect", "--json").json()["layers"] as? [[String: Any]])
    #expect(layers.contains { $0["kind"] as? String == "batch_normalization" })
  }

  @Test("Every result can be had as one JSON object that names its form")
  func json() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let trained = try tool.run(
      "train", "iris.csv", "--target", "species", "--epochs", "2", "--json")
    #expect(try trained.json()["schema"] as? Int == 1)
    #expect(try trained.json()["epochs"] as? Int == 2)
    for line in trained.errorLines {
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }
    #expect(trained.errorLines.count == 3)
    let inspected = try tool.run("inspect", "--tensors", "--json").json()
    #expect(inspected["schema"] as? Int == 1)
    let sizes = try #require(inspected["file"] as? [String: Any])
    let tensors = try #require(inspected["tensors"] as? [[String: Any]])
    func bytes(_ isPart: (String) -> Bool) -> Int {
      tensors.filter { isPart($0["path"] as? String ?? "") }
        .reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) }
    }
    #expect(sizes["weight_bytes"] as? Int == bytes { $0.hasPrefix("/weights/") })
    #expect(
      sizes["training_bytes"] as? Int
        == bytes { !$0.hasPrefix("/weights/") && !$0.hasPrefix("/history/") })
    #expect((inspected["tensors"] as? [Any])?.isEmpty == false)
    #expect((inspected["history"] as? [Any])?.count == 2)
    let evaluated = try tool.run("evaluate", "iris.csv", "--json").json()
    #expect(evaluated["rows"] as? Int == 150)
    for line in try tool.run("predict", "iris.csv", "--json").lines {
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }
  }

  @Test("What init-config writes is accepted by --config, and flags override it")
  func configuration() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let template = try tool.run("init-config").output
    let asked = template.replacing("epochs: 100", with: "epochs: 7")
      .replacing("# target:", with: "target: species")
    #expect(asked != template)
    try tool.write(asked, to: "train.yaml")
    let plain = try tool.run("train", "iris.csv", "--config", "train.yaml", "--json")
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(try plain.json()["epochs"] as? Int == 7)
    let overridden = try tool.run(
      "train", "iris.csv", "--config", "train.yaml", "--epochs", "2", "--json")
    #expect(try overridden.json()["epochs"] as? Int == 2)
  }

  @Test("Quiet commands say nothing")
  func quiet() throws {
    let tool = try Tool()
    try tool.copyTable("iris.csv")
    let outcome = try tool.run(
      "train", "iris.csv", "--target", "species", "--epochs", "2", "--quiet")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
  }

  @Test("Tensors are shown with what their numbers are like")
  func tensors() throws {
    let tool = try Tool()
    try tool.trainIris()
    for flag in ["--tensors", "--stats"] {
      let output = try tool.run("inspect", flag).output
      #expect(output.contains("/weights"))
      #expect(output.contains("dense_1/kernel  4x128") == (flag == "--stats"))
      #expect(output.contains("4x128"))
    }
    let values = try tool.run("inspect", "--tensor", "dense_1/bias", "--json").json()
    #expect((values["values"] as? [Double])?.count == 128)
    let text = try tool.run("inspect", "--tensor", "/weights/dense_1/kernel")
    #expect(text.lines.first == "weights/dense_1/kernel  float32 4x128" && text.lines.count == 5)
    #expect(text.lines.allSatisfy { $0.count <= 80 })
    let unknown = try tool.run("inspect", "--tensor", "dense_1/kernal")
    #expect(unknown.status == 2 && unknown.output.isEmpty && unknown.errorLines.count == 1)
    #expect(unknown.errors.contains("did you mean 'dense_1/kernel'?"))
  }

  @Test(
    "An interrupted run saves, leaves with 130, and goes on to the end", .timeLimit(.minutes(1)))
  func interruption() throws {
    let tool = try Tool()
    try tool.copyTable("phones_train.csv")
    let run = try tool.start([
      "train", "phones_train.csv", "--target", "price_range", "--epochs", "2000", "--hidden", "8",
      "--patience", "none", "--json",
    ])
    // The first epoch is reported when training is under way.
    while try Data(contentsOf: run.errors).count < 600, run.process.isRunning { usleep(1000) }
    run.process.interrupt()
    let stopped = try tool.finish(run)
    #expect(stopped.status == 130)
    let line = try #require(stopped.errorLines.last)
    #expect(line.hasPrefix("saved model.h5 after step "))
    #expect(line.hasSuffix("; go on with: nnmodel resume"))
    #expect(try tool.run("inspect").output.contains("go on with: nnmodel resume"))
    #expect(try tool.run("predict", "phones_train.csv").lines.count == 1401)

    let resumed = try tool.run("resume", "--json")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try resumed.json()["epochs"] as? Int == 2000)
    let again = try tool.run("resume")
    #expect(again.status == 2)
    #expect(again.errorLines.count == 1)
  }
}

private func gzip(_ name: String, in tool: Tool) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["gzip", "-k", name]
  process.currentDirectoryURL = tool.folder
  try process.run()
  process.waitUntilExit()
}
