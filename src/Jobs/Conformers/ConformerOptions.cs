using System.Text.Json.Serialization;
using MolSampling.Jobs.Conformers.Starts;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Conformers;

/// <summary>What is sampled.</summary>
public enum ConformerTarget
{
    /// <summary>All atoms: p(x) proportional to exp(-U(x)/RT).</summary>
    AllAtom,

    /// <summary>Torsions, with bonds, angles and rings as in the minima they were taken from: p(torsions | local structures).</summary>
    Torsions,
}

/// <summary>How it is sampled.</summary>
public enum ConformerMethod
{
    /// <summary>The best known way: <see cref="Jumps"/>, and for energies that take milliseconds <see cref="Surrogate"/>.</summary>
    Auto,

    /// <summary>Independent weighted draws of what was learned from the molecule's energies, or the reason why they do not serve.</summary>
    TorsionFlow,

    /// <summary>As <see cref="Auto"/>, with the network that serves all molecules in place of a fit to this one; where its draws are poor,
    /// the fit.</summary>
    Network,

    /// <summary>Markov chains of all atoms that jump by learned shapes (torsions, rings, nitrogens, bonds and angles at once); on a ladder of
    /// temperatures where jumps cannot be enough.</summary>
    Jumps,

    /// <summary>Replica exchange over temperatures, nothing learned.</summary>
    ReplicaExchange,

    /// <summary>Samples of a force field that was fitted to the energy, weighed by the energy itself: for energies that take
    /// milliseconds.</summary>
    Surrogate,

    /// <summary>RDKit's ETKDGv3 embeddings as they come: geometries, no ensemble.</summary>
    Etkdg,
}

/// <summary>What becomes of stereo that the input leaves open, or gives as a group of several isomers.</summary>
public enum StereoHandling
{
    /// <summary>One isomer is sampled, and the result says which.</summary>
    One,

    /// <summary>Every isomer is a molecule of its own.</summary>
    Enumerate,
}

/// <summary>Settings of a conformer run.</summary>
public sealed record ConformerOptions
{
    /// <summary>K.</summary>
    public double Temperature { get; init; } = 300;

    /// <summary>What is sampled.</summary>
    public ConformerTarget Target { get; init; }

    /// <summary>How.</summary>
    public ConformerMethod Method { get; init; }

    /// <summary>Which isomers; the list of molecules must be opened accordingly
    /// (<see cref="Molecular.Formats.MoleculeList.Open"/>).</summary>
    public StereoHandling Stereo { get; init; }

    /// <summary>Weighted samples to return.</summary>
    public int Samples { get; init; } = 1000;

    /// <summary>The energy that is sampled: one of <see cref="MoleculeEnergies.Names"/>, or for molecules of residues a force field of
    /// these.</summary>
    public string ForceField { get; init; } = MoleculeEnergies.Usual;

    /// <summary>none, or the implicit solvent.</summary>
    public string Solvent { get; init; } = "none";

    /// <summary>Where the charges of a force field without come from; null for the first that has some.</summary>
    public string? Charges { get; init; }

    /// <summary>With <see cref="ConformerMethod.Surrogate"/>: draws that may be weighed by the energy, at most.</summary>
    public int Labels { get; init; } = 4000;

    /// <summary>Averages beyond the usual ones, as on the command line: "distance:1-5,dipole"; null for none.</summary>
    public string? Properties { get; init; }

    /// <summary>What the law is held to, as on the command line and separated by blanks: "torsion:1-2-3-4=60+-10 core:c1ccccc1"; null for
    /// nothing.</summary>
    public string? Constraints { get; init; }

    /// <summary>Conformers to begin from, beside embeddings; null for none.</summary>
    public StartFile? Start { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Wall time for one molecule; null for the evaluation budget alone, which makes results reproducible.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Conformers in conformers.sdf, at most, by falling population; null for all.</summary>
    public int? NumConformers { get; init; }

    /// <summary>kJ/mol: conformers whose minimum lies higher above the lowest one are not in conformers.sdf; null for all.</summary>
    public double? EnergyWindow { get; init; }

    /// <summary>Files beside the usual ones.</summary>
    public ConformerFormats Formats { get; init; }

    /// <summary>Of the energies in the report and in basins.csv: kJ/mol or kcal/mol. All other files say theirs, which is kJ/mol.</summary>
    public string EnergyUnit { get; init; } = Running.EnergyUnit.Usual;

    /// <summary>0 for all cores; results do not depend on it.</summary>
    [JsonIgnore]
    public int Threads { get; init; }

    /// <summary>The ladder's highest temperature, K: hot enough to cross torsional and ring barriers.</summary>
    public double HighestTemperature { get; init; } = 900;

    /// <summary>nm; basins whose minima are nearer (symmetric heavy-atom RMSD) are merged into the one of lower energy. Null merges
    /// none.</summary>
    public double? PruneRmsd { get; init; }

    /// <summary>What an energy of the caller's own is called in results, in place of <see cref="ForceField"/>; null for none.</summary>
    [JsonIgnore]
    public string? EnergyName { get; init; }

    /// <summary>The energy that is sampled, for people.</summary>
    [JsonIgnore]
    public string ForceFieldName => (EnergyName ?? MoleculeEnergies.Title(ForceField, Solvent))
        + (Constraints is null ? "" : " + constraints");
}
