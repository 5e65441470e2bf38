namespace MolSampling.Molecular.Systems;

/// <summary>What a user names to get a system.</summary>
public sealed record SystemSource
{
    /// <summary>A PDB, mmCIF, prmtop, SDF or System XML file, or a SMILES; null with <see cref="Peptide"/>.</summary>
    public string? Input { get; init; }

    /// <summary>Coordinates for a prmtop (inpcrd, rst7) or a System XML (PDB, mmCIF).</summary>
    public string? Coordinates { get; init; }

    /// <summary>A sequence to build, for example "ACE-ALA-NME".</summary>
    public string? Peptide { get; init; }

    /// <summary>A name or a ForceField XML file for peptides and structures, one of <see cref="MoleculeEnergies"/> for chemistry; null for
    /// the usual one.</summary>
    public string? ForceField { get; init; }

    /// <summary>none, obc1, obc2, gbn or gbn2, or a box of rigid water, tip3p or spce. A prmtop keeps its radii: GBn wants bondi, GBn2
    /// mbondi3.</summary>
    public string Solvent { get; init; } = "none";

    /// <summary>Where charges of <see cref="MoleculeEnergies"/> that need some come from, one of
    /// <see cref="ForceFields.Smirnoff.SmirnoffForceField.Charges"/>; null for the first that has some.</summary>
    public string? Charges { get; init; }

    /// <summary>Of the implicit solvent's energy alone, as in OpenMM: Coulomb's has 1. Null for the usual 1.</summary>
    public double? SoluteDielectric { get; init; }

    /// <summary>Of the implicit solvent; null for water's 78.5.</summary>
    public double? SolventDielectric { get; init; }

    /// <summary>Edge of the cubic box of water, nm; null for one that fits.</summary>
    public double? Box { get; init; }

    /// <summary>Of Lennard-Jones and the direct part of Coulomb's law in a box of water, nm; null for 0.9.</summary>
    public double? Cutoff { get; init; }

    /// <summary>Of the solute's volume that the box of water has: 1, or 1/2 where it is coupled and decoupled in one box.</summary>
    public double SoluteShare { get; init; } = 1;

    /// <summary>Da, but for water's; 0 leaves masses as they are.</summary>
    public double HydrogenMass { get; init; }

    /// <summary>Of a box of water, Da, taken from the oxygen; 0 leaves masses as they are. Rigid water's configurations do not depend on
    /// it, and it turns more slowly, so the step may be longer.</summary>
    public double WaterHydrogenMass { get; init; }

    /// <summary>Bonds that are held, one of <see cref="HeldBonds.Names"/>; water is rigid always.</summary>
    public string Constraints { get; init; } = HeldBonds.Names[0];

    /// <summary>Geometries to embed at most, where the input has none.</summary>
    public int Starts { get; init; } = 1;

    /// <summary>Of the embedding.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether OpenMM will run it: a System XML may then hold what the engine cannot.</summary>
    public bool ForOpenMM { get; init; }

    /// <summary>Relative file names are taken from here; null for the working directory.</summary>
    public string? Folder { get; init; }
}
