using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Simulation;

/// <summary>What to simulate and how: the command line's options, or one JSON file. Quantities carry their unit in the text.</summary>
public sealed record SimulationConfig
{
    private const string Kind = "simulation";

    /// <summary>A PDB, mmCIF, prmtop, SDF or System XML file, or a SMILES; null with <see cref="Peptide"/>.</summary>
    public string? Input { get; init; }

    /// <summary>Coordinates for a prmtop (inpcrd, rst7) or a System XML (PDB).</summary>
    public string? Coordinates { get; init; }

    /// <summary>A sequence to build, for example "ACE-ALA-NME".</summary>
    public string? Peptide { get; init; }

    /// <summary>ff14SB, ff99SB-ILDN, ff96 or a ForceField XML file for peptides and PDB files; mmff94s, mmff94, sage-2.2.1 or sage-2.3.0
    /// for SDF and SMILES; null for the usual one.</summary>
    public string? ForceField { get; init; }

    /// <summary>none, obc1, obc2, gbn or gbn2.</summary>
    public string Solvent { get; init; } = "none";

    /// <summary>Where the charges of a Sage force field come from: given, library or gasteiger; null for the first that there is.</summary>
    public string? Charges { get; init; }

    /// <inheritdoc cref="SystemSource.SoluteDielectric"/>
    public double? SoluteDielectric { get; init; }

    /// <inheritdoc cref="SystemSource.SolventDielectric"/>
    public double? SolventDielectric { get; init; }

    /// <inheritdoc cref="SystemSource.Box"/>
    public double? Box { get; init; }

    /// <inheritdoc cref="SystemSource.Cutoff"/>
    public double? Cutoff { get; init; }

    /// <summary>Constant pressure, for example "1bar": every replica has a box of its own, whose volume changes. Null for constant
    /// volume.</summary>
    public string? Pressure { get; init; }

    /// <summary>K.</summary>
    public double Temperature { get; init; } = 300;

    /// <summary>Temperatures of a replica-exchange ladder, K, ascending; empty for independent replicas.</summary>
    public IReadOnlyList<double> Ladder { get; init; } = [];

    /// <summary>
    /// Terms that a Hamiltonian ladder scales, for example "torsion", "Coulomb", "LennardJones", "generalizedBorn", "surface"; all of a
    /// name. Goes with <see cref="ScaleLadder"/>.
    /// </summary>
    public IReadOnlyList<string> ScaledTerms { get; init; } = [];

    /// <summary>
    /// lambda of each rung in U_0 + lambda U_1, from 1 (the target) downwards. With <see cref="Ladder"/>, which then has as many rungs, a
    /// rung has both; without it all rungs have <see cref="Temperature"/>.
    /// </summary>
    public IReadOnlyList<double> ScaleLadder { get; init; } = [];

    /// <inheritdoc cref="SystemSource.Constraints"/>
    public string Constraints { get; init; } = "none";

    /// <summary>
    /// Simulated annealing before the first frame, "600:300:50ps": from 600 K to 300 K in 50 ps, linearly, or with ":geometric" behind it.
    /// Null for none. The temperature changes with every <see cref="FrameInterval"/>.
    /// </summary>
    public string? Anneal { get; init; }

    /// <summary>Replicas in all; with a ladder a multiple of its rungs.</summary>
    public int Replicas { get; init; } = 64;

    /// <summary>Length of each replica's trajectory, for example "10ns".</summary>
    public string Time { get; init; } = "1ns";

    /// <summary>Integration step, for example "2fs".</summary>
    public string TimeStep { get; init; } = "2fs";

    /// <summary>langevin, ghmc, hmc, mala, randomized-midpoint, brownian, verlet, or timewarp, which is ghmc and jumps.</summary>
    public string Integrator { get; init; } = "langevin";

    /// <summary>Of timewarp: the folder of a training of a jump in time, or its proposal.json.</summary>
    public string? Proposal { get; init; }

    /// <summary>Jumps after each trajectory of timewarp; null for one.</summary>
    public int? Jumps { get; init; }

    /// <summary>Jumps of one replica that are made at once, in case the first ones are rejected; null for one. Results do not
    /// depend on it.</summary>
    public int? JumpsAhead { get; init; }

    /// <summary>1/ps.</summary>
    public double Friction { get; init; } = 1;

    /// <summary>Da; hydrogens on heavy atoms get this mass at their partner's expense. 0 leaves masses alone.</summary>
    public double HydrogenMass { get; init; } = 3;

    /// <summary>Between recorded frames and between exchanges.</summary>
    public string FrameInterval { get; init; } = "1ps";

    /// <summary>Between checkpoints: what a kill can lose.</summary>
    public string CheckpointInterval { get; init; } = "50ps";

    /// <summary>engine or openmm.</summary>
    public string Backend { get; init; } = "engine";

    /// <summary>OpenMM's platform; null for CPU, one context a thread. Reference runs one context at a time.</summary>
    public string? Platform { get; init; }

    /// <summary>What the engine runs on: cpu, cuda:0, opencl:0, or auto for the first CUDA device if there is one.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>All randomness follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>0 for all cores. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <inheritdoc cref="ConfigJson.Read"/>
    public static SimulationConfig Read(string path) => ConfigJson.Read<SimulationConfig>(path, Kind);

    /// <inheritdoc cref="ConfigJson.Parse"/>
    public static SimulationConfig Parse(string json, string source) => ConfigJson.Parse<SimulationConfig>(json, source, Kind);

    /// <summary>What it samples.</summary>
    /// <param name="folder">Relative file names are taken from here; null for the working directory.</param>
    public SystemSource Source(string? folder = null) => new()
    {
        Input = Input,
        Coordinates = Coordinates,
        Peptide = Peptide,
        ForceField = ForceField,
        Solvent = Solvent,
        Charges = Charges,
        SoluteDielectric = SoluteDielectric,
        SolventDielectric = SolventDielectric,
        Box = Box,
        Cutoff = Cutoff,
        Constraints = Constraints,
        HydrogenMass = HydrogenMass,
        Starts = Replicas,
        Seed = Seed,
        ForOpenMM = Backend == "openmm",
        Folder = folder,
    };

    /// <summary>Whether the solvent is a box of water.</summary>
    internal bool HasWater => SimulationPlan.Waters.Contains(Solvent);

    /// <summary>As JSON.</summary>
    public string ToJson() => ConfigJson.Write(this);

    /// <summary>The JSON schema of the file.</summary>
    public static string Schema() => ConfigJson.Schema<SimulationConfig>(Kind);

    /// <summary>SHA-256 of everything that results depend on.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((this with { Threads = 0 }).ToJson())));

    /// <summary>The first setting that another configuration has otherwise, in words; null if results depend on none.</summary>
    public string? Difference(SimulationConfig asked)
    {
        JsonObject own = JsonNode.Parse((this with { Threads = 0 }).ToJson())!.AsObject(),
            other = JsonNode.Parse((asked with { Threads = 0 }).ToJson())!.AsObject();
        return other.Select(o => o.Key).Concat(own.Select(o => o.Key)).FirstOrDefault(key =>
            own[key]?.ToJsonString() != other[key]?.ToJsonString()) is not { } setting ? null
            : $"its {setting} is {own[setting]?.ToJsonString() ?? "not set"}, not {other[setting]?.ToJsonString() ?? "unset"}";
    }

    /// <summary>The numbers behind the texts, checked against each other.</summary>
    /// <exception cref="ArgumentException">One line that names the option.</exception>
    public SimulationPlan Plan() => SimulationPlan.From(this);
}
