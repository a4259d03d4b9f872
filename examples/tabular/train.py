#!/usr/bin/python3
"""Trains a random forest and a logistic regression on the Wisconsin breast cancer table, and writes
them as ONNX models (ai.onnx.ml).

Writes, beside this file:
  forest.onnx, logistic.onnx   30 features [1, 30] -> label [1], scores [1, 2]
  test.npy, labels.npy         the rows that training has not seen, and their diagnoses
  row.npy                      the first of them
  forest.json, logistic.json   what scikit-learn predicts for these rows

All random choices come from one seed. Debian: python3-sklearn, python3-onnx.
"""

import json
import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, save
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
SEED = 1
TREES = 50
DEPTH = 6


def write_model(name, nodes, features):
    float_type, int_type = TensorProto.FLOAT, TensorProto.INT64
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("features", float_type, [1, features])],
        [helper.make_tensor_value_info("label", int_type, [1]),
         helper.make_tensor_value_info("scores", float_type, [1, 2])])
    model = helper.make_model(graph, producer_name="zkvm examples/tabular", opset_imports=[
        helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 1)])
    checker.check_model(model)
    save(model, HERE / f"{name}.onnx")


def float32_below(threshold):
    """The greatest float32 that is not above a float64: scikit-learn compares float32 features with
    float64 thresholds, ONNX with float32 ones, and x <= t for all float32 x is x <= this."""
    rounded = np.float32(threshold)
    return rounded if rounded <= threshold else np.nextafter(rounded, np.float32(-np.inf))


def forest_node(forest):
    """TreeEnsembleClassifier: every leaf adds its share of each class, divided by the trees."""
    fields = {key: [] for key in (
        "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values",
        "nodes_truenodeids", "nodes_falsenodeids", "class_treeids", "class_nodeids", "class_ids",
        "class_weights")}
    for tree_id, estimator in enumerate(forest.estimators_):
        tree = estimator.tree_
        for node in range(tree.node_count):
            leaf = tree.children_left[node] < 0
            fields["nodes_treeids"].append(tree_id)
            fields["nodes_nodeids"].append(node)
            fields["nodes_featureids"].append(0 if leaf else int(tree.feature[node]))
            fields["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            fields["nodes_values"].append(0.0 if leaf else float(float32_below(tree.threshold[node])))
            fields["nodes_truenodeids"].append(0 if leaf else int(tree.children_left[node]))
            fields["nodes_falsenodeids"].append(0 if leaf else int(tree.children_right[node]))
            if leaf:
                counts = tree.value[node][0]
                for label, share in enumerate(counts / counts.sum() / len(forest.estimators_)):
                    fields["class_treeids"].append(tree_id)
                    fields["class_nodeids"].append(node)
                    fields["class_ids"].append(label)
                    fields["class_weights"].append(float(share))
    return helper.make_node(
        "TreeEnsembleClassifier", ["features"], ["label", "scores"], name="forest",
        domain="ai.onnx.ml", classlabels_int64s=[0, 1], post_transform="NONE", **fields)


def logistic_nodes(scaler, regression):
    w, b = regression.coef_[0], regression.intercept_[0]
    return [
        helper.make_node("Scaler", ["features"], ["scaled"], name="scaler", domain="ai.onnx.ml",
                         offset=scaler.mean_.tolist(), scale=(1 / scaler.scale_).tolist()),
        helper.make_node("LinearClassifier", ["scaled"], ["label", "scores"], name="regression",
                         domain="ai.onnx.ml", classlabels_ints=[0, 1], post_transform="LOGISTIC",
                         coefficients=[*(-w).tolist(), *w.tolist()], intercepts=[-b, b])]


def main():
    table = load_breast_cancer()
    x_train, x_test, y_train, y_test = train_test_split(
        table.data.astype(np.float32), table.target, test_size=0.3, random_state=SEED,
        stratify=table.target)

    forest = RandomForestClassifier(TREES, max_depth=DEPTH, random_state=SEED).fit(x_train, y_train)
    write_model("forest", [forest_node(forest)], x_train.shape[1])

    scaler = StandardScaler().fit(x_train)
    regression = LogisticRegression().fit(scaler.transform(x_train), y_train)
    write_model("logistic", logistic_nodes(scaler, regression), x_train.shape[1])

    np.save(HERE / "test.npy", x_test[:, None])
    np.save(HERE / "row.npy", x_test[:1])
    np.save(HERE / "labels.npy", y_test)
    for name, predicted in (("forest", forest.predict(x_test)),
                            ("logistic", regression.predict(scaler.transform(x_test)))):
        print(f"{name}: {100 * np.mean(predicted == y_test):.2f} % of {len(y_test)} rows")
        (HERE / f"{name}.json").write_text(json.dumps(predicted.tolist()) + "\n")


if __name__ == "__main__":
    main()
