"""rdkit_oracle.py mol2|pdb FILE: what RDKit reads, a line a block: SMILES without hydrogens, atoms, bonds, conformers, sum of charges."""
import sys

from rdkit import Chem, RDLogger

kind, path = sys.argv[1:]
RDLogger.DisableLog("rdApp.warning")
text = open(path).read()
if kind == "mol2":
    blocks = ["@<TRIPOS>MOLECULE" + b for b in text.split("@<TRIPOS>MOLECULE")[1:]]
    molecules = [Chem.MolFromMol2Block(b, removeHs=False) for b in blocks]
else:
    molecules = [Chem.MolFromPDBBlock(b + "END\n", removeHs=False) for b in text.split("\nEND\n") if b.strip()]
for m in molecules:
    if m is None:
        print("unreadable")
        continue
    charges = sum(float(a.GetProp("_TriposPartialCharge")) for a in m.GetAtoms()) if kind == "mol2" else 0
    print(Chem.MolToSmiles(Chem.RemoveHs(m)), m.GetNumAtoms(), m.GetNumBonds(), m.GetNumConformers(), f"{charges:.4f}")
