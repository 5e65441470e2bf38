using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals.Training;

/// <summary>A molecule with samples of p(torsions | local structure) at 300 K under MMFF94s: what a <see cref="ProposalNetwork"/> is
/// trained on and judged by. The local structure is the lowest of eight relaxed ETKDG embeddings.</summary>
internal sealed class TrainingMolecule
{
    private const double Beta = 1 / (Units.GasConstant * 300); // mol/kJ
    private const int Embeddings = 8, MinimiserSteps = 3000;

    internal TrainingMolecule(RDKitMolecule molecule, string smiles, float[]? structure)
    {
        (Smiles, Name) = (smiles, molecule.Molecule.Name);
        var potential = new ForceFieldPotential(Mmff94.Parameterise([.. molecule.Molecule.Atoms.Select(a => a.Mass)],
            molecule.MmffTerms(MmffVariant.Mmff94s)));
        Tree = new RotorTree(molecule.Molecule);
        Structure = structure ?? Relax(molecule, potential);
        Rotors = new RigidRotors(Tree, potential, [Structure]);
        Proposal = RotorTables.Build(Rotors, potential.Parameters, Beta, [0.0]);
    }

    public string Smiles { get; }

    public string Name { get; }

    public RotorTree Tree { get; }

    /// <summary>[N, 3] nm.</summary>
    public float[] Structure { get; }

    public RigidRotors Rotors { get; }

    /// <summary>Of the tables at first; training moves it on from stage to stage.</summary>
    public TorusProposal Proposal { get; }

    /// <summary>[W, T] rad.</summary>
    public float[] Samples { get; private set; } = [];

    /// <summary>Accepted share of the adapted proposal's draws in the last round: how well the samples are mixed.</summary>
    public double Acceptance { get; private set; }

    /// <summary>The molecule with its tables, without samples; a structure may be given.</summary>
    public static TrainingMolecule Prepare(string smiles, string name, float[]? structure = null)
    {
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles(smiles, name);
        return new(molecule, smiles, structure);
    }

    /// <summary>-beta U, on one thread.</summary>
    public void Target(int[] states, float[] angles, double[] logDensities)
    {
        Rotors.Evaluate(states, angles, logDensities, threads: 1);
        for (int n = 0; n < logDensities.Length; n++)
            logDensities[n] *= -Beta;
    }

    /// <summary>Weights of a proposal's draws.</summary>
    public ImportanceWeights Weigh(int draws, RandomSource random)
    {
        int[] states = new int[draws];
        float[] angles = new float[draws * Proposal.Dimension];
        double[] own = new double[draws], log = new double[draws];
        Proposal.Draw(states, angles, own, random, 1);
        Target(states, angles, log);
        return new([.. log.Select((l, n) => double.IsFinite(l) ? l - own[n] : double.NegativeInfinity)]);
    }

    /// <summary>Adapts the proposal to the energies; the walkers are the samples.</summary>
    public void Sample(TorusAdaptationSettings settings, RandomSource random)
    {
        var adaptation = new TorusAdaptation(Proposal, Target, settings, random, 1);
        adaptation.Run();
        (Samples, Acceptance) = (adaptation.WalkerAngles, adaptation.IndependenceAcceptance);
    }

    public void Write(string path)
    {
        string part = path + ".part";
        using (var writer = new BinaryWriter(File.Create(part)))
        {
            writer.Write(Smiles);
            writer.Write(Name);
            writer.Write(Acceptance);
            writer.Write(Structure.Length);
            writer.Write(Samples.Length);
            foreach (float v in Structure)
                writer.Write(v);
            foreach (float v in Samples)
                writer.Write(v);
        }
        File.Move(part, path, true);
    }

    public static TrainingMolecule Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        (string smiles, string name, double acceptance) = (reader.ReadString(), reader.ReadString(), reader.ReadDouble());
        (int size, int count) = (reader.ReadInt32(), reader.ReadInt32());
        float[] structure = Floats(size), samples = Floats(count);
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles(smiles, name);
        return new(molecule, smiles, structure) { Samples = samples, Acceptance = acceptance };

        float[] Floats(int length) => [.. Enumerable.Range(0, length).Select(_ => reader.ReadSingle())];
    }

    private static float[] Relax(RDKitMolecule molecule, Potential potential)
    {
        Embedding embedding = molecule.Embed(Embeddings, 1, TimeSpan.FromSeconds(60));
        if (embedding.Conformers.Count == 0)
            throw new ArgumentException($"{molecule.Molecule.Name}: no conformer could be embedded.");
        using var block = new WalkerBlock(potential, 0);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, embedding.Conformers[lane % embedding.Conformers.Count]);
        FireMinimiser.Minimise(potential, block, 1, MinimiserSteps, default);
        float[] lowest = new float[3 * molecule.Molecule.Atoms.Count];
        block.CopyPositions(Array.IndexOf(block.Energies, block.Energies.Min()), lowest);
        return lowest;
    }
}
