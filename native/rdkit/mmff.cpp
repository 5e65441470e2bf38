// MMFF94 and MMFF94s: types, all parameters, and RDKit's own energies.
#include "rdkit/molecule.h"

#include <cmath>

#include <ForceField/ForceField.h>
#include <ForceField/MMFF/Params.h>
#include <GraphMol/ForceFieldHelpers/MMFF/AtomTyper.h>
#include <GraphMol/ForceFieldHelpers/MMFF/Builder.h>
#include <GraphMol/MolOps.h>
#include <GraphMol/Substruct/SubstructMatch.h>

using namespace RDKit;
using namespace ForceFields::MMFF;
using namespace mol;

namespace {

struct Typed {
  RWMol mol;  // a copy: typing kekulises
  MMFF::MMFFMolProperties properties;
  Typed(const molrdkit_molecule* molecule, int s_variant) : mol(*molecule->mol), properties(mol, s_variant ? "MMFF94s" : "MMFF94") {}
};

bool linear(Typed& t, unsigned atom) {
  const MMFFProp* p = (*MMFF::DefaultParameters::getMMFFProp())(t.properties.getMMFFAtomType(atom));
  return p && p->linh;
}

std::vector<unsigned> neighbours(const ROMol& mol, unsigned atom) {
  std::vector<unsigned> list;
  for (const auto& n : boost::make_iterator_range(mol.getAtomNeighbors(mol.getAtomWithIdx(atom)))) list.push_back(static_cast<unsigned>(n));
  return list;
}

// Through an atom with a multiple bond, or one that is itself charged, MMFF94 shares formal charges among neighbours (carboxylates,
// guanidinium).
bool shares_charges(const ROMol& mol, unsigned atom) {
  for (const auto& bond : mol.atomBonds(mol.getAtomWithIdx(atom)))
    if (bond->getBondType() != Bond::SINGLE) return true;
  return false;
}

// Sulfoxides and sulfimides as Halgren's validation suite draws them (MMFF94_dative.sdf): S(+2)=O, a double bond and the charges of a
// dative one at once. No
// such ion exists, and the types are right.
bool is_drawn_twice(const ROMol& mol, const Atom* atom) {
  if (atom->getAtomicNum() != 16 || atom->getFormalCharge() != 2 || atom->getDegree() != 3) return false;
  bool is_double = false;
  for (const auto& bond : mol.atomBonds(atom)) {
    is_double |= bond->getBondType() == Bond::DOUBLE;
    if (bond->getOtherAtom(atom)->getFormalCharge() < 0) return false;
  }
  return is_double;
}

// Charged atoms whose charge the types do not have: MMFF94 lacks the species and RDKit types it as a neutral atom (S+, C+, C-, P+).
// Charges may move within
// a group, as in a nitro group or a carboxylate, so each connected group of atoms that the drawing and the types charge differently must
// keep its sum: one
// sum over the molecule would let a lost plus and a lost minus cancel. A carbanion next to a cation (an ylide) is no dative bond that
// types know.
std::vector<int> lost_charges(Typed& t) {
  const unsigned n = t.mol.getNumAtoms();
  constexpr double rounding = 0.05;
  constexpr unsigned isonitrile_carbon = 60;
  std::vector<double> lost(n);
  for (unsigned i = 0; i < n; ++i)
    if (const Atom* atom = t.mol.getAtomWithIdx(i); !is_drawn_twice(t.mol, atom)) lost[i] = atom->getFormalCharge() - t.properties.getMMFFFormalCharge(i);
  auto differs = [&](unsigned i) { return std::abs(lost[i]) > rounding; };
  std::vector<int> named;
  std::vector<bool> seen(n, false);
  for (unsigned start = 0; start < n; ++start) {
    if (seen[start] || !differs(start)) continue;
    std::vector<unsigned> group{start};
    seen[start] = true;
    double sum = 0;
    for (size_t g = 0; g < group.size(); ++g) {
      sum += lost[group[g]];
      for (unsigned near : neighbours(t.mol, group[g]))
        if (!seen[near] && (differs(near) || (differs(group[g]) && shares_charges(t.mol, near)))) seen[near] = true, group.push_back(near);
    }
    for (unsigned i : group) {
      const Atom* atom = t.mol.getAtomWithIdx(i);
      bool carbanion = atom->getAtomicNum() == 6 && lost[i] < -rounding && t.properties.getMMFFAtomType(i) != isonitrile_carbon;
      if (differs(i) && atom->getFormalCharge() != 0 && (carbanion || std::abs(sum) > rounding)) named.push_back(static_cast<int>(i));
    }
    if (named.empty() && std::abs(sum) > rounding) named.push_back(static_cast<int>(start));
  }
  // RDKit's sharing of a charge among atoms does not always add up (nitrite, thiocarboxylates)
  double missing = 0;
  for (unsigned i = 0; i < n; ++i)
    missing += (is_drawn_twice(t.mol, t.mol.getAtomWithIdx(i)) ? 0 : t.mol.getAtomWithIdx(i)->getFormalCharge()) - t.properties.getMMFFPartialCharge(i);
  if (named.empty() && std::abs(missing) > rounding)
    for (const Atom* atom : t.mol.atoms())
      if (atom->getFormalCharge() != 0) named.push_back(static_cast<int>(atom->getIdx()));
  return named;
}

// Otherwise ints holds the atoms at fault: without a type, with unpaired electrons, or typed as if they had no charge.
void require_types(Typed& t) {
  auto& at_fault = results().ints;
  for (const Atom* atom : t.mol.atoms())
    if (atom->getNumRadicalElectrons() > 0) at_fault.push_back(static_cast<int>(atom->getIdx()));
  if (at_fault.empty() && !t.properties.isValid())
    for (unsigned i = 0; i < t.mol.getNumAtoms(); ++i)
      if (t.properties.getMMFFAtomType(i) == 0) at_fault.push_back(static_cast<int>(i));
  if (at_fault.empty() && t.properties.isValid()) at_fault = lost_charges(t);
  if (!at_fault.empty() || !t.properties.isValid()) throw bad_argument("MMFF94 has no species for some atoms");
}

struct Rows {
  std::vector<int>& ints = results().ints;
  std::vector<double>& doubles = results().doubles;
  size_t slot = 0;
  void begin() { slot = ints.size(), ints.push_back(0); }  // number of rows, filled as they come
  void add(std::initializer_list<unsigned> atoms, std::initializer_list<double> numbers) {
    for (unsigned a : atoms) ints.push_back(static_cast<int>(a));
    doubles.insert(doubles.end(), numbers);
    ++ints[slot];
  }
};

void bonds(Typed& t, Rows& rows) {
  rows.begin();
  for (const Bond* bond : t.mol.bonds()) {
    unsigned type, i = bond->getBeginAtomIdx(), j = bond->getEndAtomIdx();
    MMFFBond p;
    if (t.properties.getMMFFBondStretchParams(t.mol, i, j, type, p)) rows.add({i, j}, {p.kb, p.r0});
  }
}

template <class Visit>
void each_angle(Typed& t, Visit&& visit) {
  for (unsigned j = 0; j < t.mol.getNumAtoms(); ++j) {
    auto around = neighbours(t.mol, j);
    for (size_t a = 0; a + 1 < around.size(); ++a)
      for (size_t b = a + 1; b < around.size(); ++b) visit(around[a], j, around[b]);
  }
}

void angles(Typed& t, Rows& rows) {
  rows.begin();
  each_angle(t, [&](unsigned i, unsigned j, unsigned k) {
    unsigned type;
    MMFFAngle p;
    if (t.properties.getMMFFAngleBendParams(t.mol, i, j, k, type, p)) rows.add({i, j, k, linear(t, j) ? 1u : 0u}, {p.ka, p.theta0});
  });
}

void stretch_bends(Typed& t, Rows& rows) {
  rows.begin();
  each_angle(t, [&](unsigned i, unsigned j, unsigned k) {
    if (linear(t, j)) return;
    unsigned type;
    MMFFStbn p;
    MMFFBond bond[2];
    MMFFAngle angle;
    if (t.properties.getMMFFStretchBendParams(t.mol, i, j, k, type, p, bond, angle))
      rows.add({i, j, k}, {p.kbaIJK, p.kbaKJI, bond[0].r0, bond[1].r0, angle.theta0});
  });
}

void out_of_planes(Typed& t, Rows& rows) {
  rows.begin();
  for (unsigned j = 0; j < t.mol.getNumAtoms(); ++j) {
    auto n = neighbours(t.mol, j);
    if (n.size() != 3) continue;
    MMFFOop p;
    if (!t.properties.getMMFFOopBendParams(t.mol, n[0], j, n[1], n[2], p)) continue;
    rows.add({n[0], j, n[1], n[2]}, {p.koop});
    rows.add({n[0], j, n[2], n[1]}, {p.koop});
    rows.add({n[1], j, n[2], n[0]}, {p.koop});
  }
}

void torsions(Typed& t, Rows& rows) {
  rows.begin();
  std::vector<MatchVectType> matches;
  SubstructMatch(t.mol, *MMFF::Tools::DefaultTorsionBondSmarts::query(), matches);
  auto turns = [](const Atom* a) { return a->getHybridization() == Atom::SP2 || a->getHybridization() == Atom::SP3; };
  for (const auto& match : matches) {
    unsigned j = match[0].second, k = match[1].second;
    if (!turns(t.mol.getAtomWithIdx(j)) || !turns(t.mol.getAtomWithIdx(k))) continue;
    for (unsigned i : neighbours(t.mol, j)) {
      if (i == k) continue;
      for (unsigned l : neighbours(t.mol, k)) {
        if (l == j || l == i) continue;  // l == i: a three-membered ring
        unsigned type;
        MMFFTor p;
        if (t.properties.getMMFFTorsionParams(t.mol, i, j, k, l, type, p)) rows.add({i, j, k, l}, {p.V1, p.V2, p.V3});
      }
    }
  }
}

void pairs(Typed& t, Rows& rows) {
  rows.begin();
  const unsigned n = t.mol.getNumAtoms();
  const double* distance = MolOps::getDistanceMat(t.mol);  // bonds between atoms; huge between fragments
  for (unsigned i = 0; i < n; ++i)
    for (unsigned j = i + 1; j < n; ++j) {
      double d = distance[i * n + j];
      MMFFVdWRijstarEps p;
      if (d > 2.5 && t.properties.getMMFFVdWParams(i, j, p)) rows.add({i, j, d < 3.5 ? 1u : 0u}, {p.R_ij_star, p.epsilon});
    }
}

std::unique_ptr<ForceFields::ForceField> force_field(Typed& t) {
  auto* conformer = new Conformer(t.mol.getNumAtoms());  // all pairs lie within the threshold of a point
  t.mol.clearConformers();
  t.mol.addConformer(conformer, true);
  std::unique_ptr<ForceFields::ForceField> field(MMFF::constructForceField(t.mol, &t.properties, 1e6, -1, false));
  if (!field) throw std::runtime_error("RDKit cannot build the force field");
  field->initialize();
  return field;
}

}  // namespace

// ints: for each table its number of rows, then the rows' atoms (angles: also 1 if linear; pairs: also 1 if 1-4), in the order bonds, angles,
// stretch-bends, out-of-planes, torsions, pairs; then MMFF atom types. doubles: the rows' parameters in the same order, then partial charges.
// Upon status 1, ints holds the atoms that have no type, or a type without their charge or unpaired electrons.
MOL_EXPORT int molrdkit_mmff_terms(const molrdkit_molecule* molecule, int s_variant) {
  return guarded_with_results([&] {
    require(molecule, "null argument");
    Typed t(molecule, s_variant);
    require_types(t);
    Rows rows;
    bonds(t, rows);
    angles(t, rows);
    stretch_bends(t, rows);
    out_of_planes(t, rows);
    torsions(t, rows);
    pairs(t, rows);
    for (unsigned i = 0; i < t.mol.getNumAtoms(); ++i) {
      rows.ints.push_back(t.properties.getMMFFAtomType(i));
      rows.doubles.push_back(t.properties.getMMFFPartialCharge(i));
    }
  });
}

// RDKit's own energies (kcal/mol) and gradients (kcal/mol/Angstrom; null to leave them out) of a batch of conformers (Angstrom): the independent
// reference of our engine, and its peer in benchmarks: the force field is built once, all pairs included.
// term: -1 all, 0..6 bond, angle, stretch-bend, out-of-plane, torsion, van der Waals, electrostatic alone.
MOL_EXPORT int molrdkit_mmff_energies(const molrdkit_molecule* molecule, int s_variant, int term, const double* positions, long count, double* energies,
                                      double* gradients) {
  return guarded_with_results([&] {
    require(molecule && positions && energies, "null argument");
    Typed t(molecule, s_variant);
    require_types(t);
    if (term >= 0) {
      t.properties.setMMFFBondTerm(term == 0);
      t.properties.setMMFFAngleTerm(term == 1);
      t.properties.setMMFFStretchBendTerm(term == 2);
      t.properties.setMMFFOopTerm(term == 3);
      t.properties.setMMFFTorsionTerm(term == 4);
      t.properties.setMMFFVdWTerm(term == 5);
      t.properties.setMMFFEleTerm(term == 6);
    }
    auto field = force_field(t);
    const size_t size = 3 * static_cast<size_t>(t.mol.getNumAtoms());
    std::vector<double> x(size);
    for (long b = 0; b < count; ++b) {
      std::copy(positions + b * size, positions + (b + 1) * size, x.begin());
      energies[b] = field->calcEnergy(x.data());
      if (!gradients) continue;
      double* g = gradients + b * size;
      std::fill(g, g + size, 0.0);
      field->calcGrad(x.data(), g);
    }
  });
}

// Minimises a batch in place. ints: 0 for each conformer that converged, 1 otherwise. energies in kcal/mol.
MOL_EXPORT int molrdkit_mmff_minimise(const molrdkit_molecule* molecule, int s_variant, double* positions, long count, int max_iterations, double* energies) {
  return guarded_with_results([&] {
    require(molecule && positions && energies, "null argument");
    Typed t(molecule, s_variant);
    require_types(t);
    auto field = force_field(t);
    const unsigned n = t.mol.getNumAtoms();
    for (long b = 0; b < count; ++b) {
      double* x = positions + b * 3L * n;
      auto& points = field->positions();
      for (unsigned i = 0; i < n; ++i) *static_cast<RDGeom::Point3D*>(points[i]) = RDGeom::Point3D(x[3 * i], x[3 * i + 1], x[3 * i + 2]);
      results().ints.push_back(field->minimize(max_iterations));
      energies[b] = field->calcEnergy();
      for (unsigned i = 0; i < n; ++i)
        for (int c = 0; c < 3; ++c) x[3 * i + c] = (*points[i])[c];
    }
  });
}
