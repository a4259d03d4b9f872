// The verbs of zkvm. Each function adds one to the command line; what it then does either succeeds
// or ends in a Failure.
#ifndef ZKVM_CLI_COMMANDS_H_
#define ZKVM_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

namespace zkvm {

void AddBuild(CLI::App& app);
void AddCompile(CLI::App& app);
void AddEval(CLI::App& app);
void AddRun(CLI::App& app);
void AddKeygen(CLI::App& app);
void AddProve(CLI::App& app);
void AddVerify(CLI::App& app);
void AddInspect(CLI::App& app);

}  // namespace zkvm

#endif  // ZKVM_CLI_COMMANDS_H_
