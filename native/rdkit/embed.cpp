// ETKDGv3 embeddings under a hard time limit.
#include "rdkit/molecule.h"

#include <chrono>
#include <cstdint>

#include <GraphMol/DistGeomHelpers/Embedder.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>

using namespace RDKit;
using namespace mol;

namespace {

struct TimeIsUp : std::exception {};

thread_local std::chrono::steady_clock::time_point deadline;

// RDKit calls this before each attempt; it has no time limit of its own in this version.
void check_deadline(unsigned int) {
  if (std::chrono::steady_clock::now() > deadline) throw TimeIsUp();
}

enum Reason { Complete = 0, OutOfTime = 1, NoEmbedding = 2 };

}  // namespace

// count conformers from seed, seed + 1, ...; each depends on its own seed alone. If stereo is not fully given, the geometry `like` (Angstrom) fixes it,
// or without one the first conformer. doubles: [got, N, 3] Angstrom. ints: got, attempts, reason (0 complete, 1 out of time, 2 no embedding found).
// text: the isomeric SMILES that the conformers have.
MOL_EXPORT int molrdkit_embed(const molrdkit_molecule* molecule, int count, int seed, double seconds, const double* like) {
  return guarded_with_results([&] {
    require(molecule && count > 0 && seed >= 0, "count must be positive and seed not negative");
    RWMol mol = like ? with_coordinates(*molecule, like) : *molecule->mol;
    if (like) MolOps::assignStereochemistryFrom3D(mol);
    mol.clearConformers();
    deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<int64_t>(std::min(seconds, 1e9) * 1e6));
    DGeomHelpers::EmbedParameters parameters(DGeomHelpers::ETKDGv3);
    parameters.numThreads = 1;
    parameters.clearConfs = true;
    parameters.useSmallRingTorsions = true;
    parameters.callback = check_deadline;

    auto& out = results();
    int got = 0, attempts = 0, failures = 0;
    Reason reason = Complete;
    try {
      while (got < count) {
        check_deadline(0);
        parameters.randomSeed = static_cast<int>((static_cast<int64_t>(seed) + attempts++) & 0x7fffffff);
        parameters.useRandomCoords = failures > 0;  // the remedy for long chains and crowded rings
        parameters.maxIterations = failures > 0 ? 50 : 20;
        if (DGeomHelpers::EmbedMolecule(mol, parameters) < 0) {
          if (++failures < 6) continue;
          reason = NoEmbedding;
          break;
        }
        for (const auto& p : mol.getConformer().getPositions()) out.doubles.insert(out.doubles.end(), {p.x, p.y, p.z});
        if (got++ == 0) {
          if (!like) MolOps::assignStereochemistryFrom3D(mol);
          RWMol heavy(mol);
          MolOps::RemoveHsParameters remove;
          MolOps::removeHs(heavy, remove, false);
          out.text = MolToSmiles(heavy);
        }
      }
    } catch (const TimeIsUp&) {
      reason = OutOfTime;
    }
    out.ints = {got, attempts, reason};
  });
}
