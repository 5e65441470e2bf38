// ETKDGv3 embeddings under a hard time limit.
#include "rdkit/molecule.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <GraphMol/DistGeomHelpers/Embedder.h>

using namespace RDKit;
using namespace mol;

namespace {

struct TimeIsUp : std::exception {};

thread_local std::chrono::steady_clock::time_point deadline;

// RDKit calls this before each attempt; it has no time limit of its own in this version.
void check_deadline(unsigned int) {
  if (std::chrono::steady_clock::now() > deadline) throw TimeIsUp();
}

constexpr int most_others = 64;  // embeddings in a row of which none has the nitrogens' configurations

enum Reason { Complete = 0, OutOfTime = 1, NoEmbedding = 2 };

}  // namespace

// count conformers from seed, seed + 1, ...; each depends on its own seed alone. If stereo is not fully given, the geometry `like` (Angstrom) fixes it,
// or without one the first conformer. doubles: [got, N, 3] Angstrom. ints: got, attempts, reason (0 complete, 1 out of time, 2 no embedding found).
// text: the isomeric SMILES that the conformers have.
MOL_EXPORT int molrdkit_embed(const molrdkit_molecule* molecule, int count, int seed, double seconds, const double* like) {
  return guarded_with_results([&] {
    require(molecule && count > 0 && seed >= 0, "count must be positive and seed not negative");
    RWMol mol = like ? with_coordinates(*molecule, like) : *molecule->mol;
    if (like) take_stereo(mol);
    mol.clearConformers();
    // the embedder finds no geometry for a nitrogen of a three-membered ring that has a configuration: nitrogens are embedded either way
    // and chosen
    std::vector<std::pair<unsigned, Atom::ChiralType>> nitrogens;
    auto release_nitrogens = [&] {
      nitrogens.clear();
      for (Atom* atom : mol.atoms())
        if (atom->getChiralTag() != Atom::CHI_UNSPECIFIED && is_pyramidal_nitrogen(mol, atom)) {
          nitrogens.emplace_back(atom->getIdx(), atom->getChiralTag());
          atom->setChiralTag(Atom::CHI_UNSPECIFIED);
        }
    };
    release_nitrogens();
    auto has_nitrogens = [&] {
      return std::all_of(nitrogens.begin(), nitrogens.end(), [&](const auto& n) { return tag_of(mol, mol.getAtomWithIdx(n.first)) == n.second; });
    };
    deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<int64_t>(std::min(seconds, 1e9) * 1e6));
    DGeomHelpers::EmbedParameters parameters(DGeomHelpers::ETKDGv3);
    parameters.numThreads = 1;
    parameters.clearConfs = true;
    parameters.useSmallRingTorsions = true;
    parameters.callback = check_deadline;

    auto& out = results();
    int got = 0, attempts = 0, failures = 0, others = 0;
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
        if (!has_nitrogens()) {
          if (++others < most_others) continue;
          reason = NoEmbedding;
          break;
        }
        others = 0;
        for (const auto& p : mol.getConformer().getPositions()) out.doubles.insert(out.doubles.end(), {p.x, p.y, p.z});
        if (got++ == 0) {
          for (const auto& [atom, tag] : nitrogens) mol.getAtomWithIdx(atom)->setChiralTag(tag);
          if (!like) take_stereo(mol);
          out.text = canonical_smiles(mol);
          release_nitrogens();
        }
      }
    } catch (const TimeIsUp&) {
      reason = OutOfTime;
    }
    out.ints = {got, attempts, reason};
  });
}
