using TorchSharp;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>The named fields of molecules in internal coordinates, in the order of the rows of a <see cref="ZMatrix"/>.</summary>
/// <param name="Bonds">[B, bonds] nm, positive.</param>
/// <param name="Angles">[B, angles] rad, between 0 and pi.</param>
/// <param name="Torsions">[B, torsions] rad; any, and [-pi, pi] where they were computed. IUPAC's sign.</param>
/// <param name="Core">[B, 3 core atoms] nm, Cartesian; null for a global matrix.</param>
/// <param name="External">
/// [B, 6] for a global matrix, or null for the standard frame: the first atom's x, y, z (nm), then the rotation Rz(alpha) Ry(arccos u)
/// Rz(gamma) of the standard frame as alpha (rad), u in (-1, 1), gamma (rad). The rotation's invariant measure is d alpha du d gamma, of
/// total 8 pi^2.
/// </param>
public sealed record InternalCoordinateFields(torch.Tensor Bonds, torch.Tensor Angles, torch.Tensor Torsions, torch.Tensor? Core = null,
    torch.Tensor? External = null) : IDisposable
{
    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (torch.Tensor? t in new[] { Bonds, Angles, Torsions, Core, External })
            t?.Dispose();
    }
}
